import { dealMicroBatches } from '@tandem/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldNode, foldNodeCount, foldTree, ownedNodes } from './fold-tree.js';
import type { FoldTree } from './fold-tree.js';
import { localPartials } from './local-partials.js';

const written = (microBatches: number): string =>
  foldNode({ start: 0, end: microBatches }, String, (left, right) => `(${left}+${right})`);

describe('foldNode', () => {
  it.each([
    [1, '0'],
    [2, '(0+1)'],
    [3, '((0+1)+2)'],
    [4, '((0+1)+(2+3))'],
    [5, '(((0+1)+(2+3))+4)'],
    [6, '(((0+1)+(2+3))+(4+5))'],
    [7, '(((0+1)+(2+3))+((4+5)+6))'],
    [8, '(((0+1)+(2+3))+((4+5)+(6+7)))'],
  ])('adds %i micro-batches as %s', (microBatches, expected) => {
    expect(written(microBatches)).toBe(expected);
  });

  it('refuses to fold nothing', () => {
    expect(() => foldNode({ start: 2, end: 2 }, String, (left) => left)).toThrow(/0 micro-batches/);
  });
});

describe('foldTree', () => {
  it('numbers its nodes in pre-order without a gap, and has the shape of foldNode', () => {
    for (let microBatches = 1; microBatches <= 40; microBatches++) {
      const indices: number[] = [];
      const walk = (node: FoldTree): string => {
        indices.push(node.index);
        if (node.children === undefined) return String(node.start);
        const [left, right] = node.children;
        return `(${walk(left)}+${walk(right)})`;
      };
      expect(walk(foldTree(microBatches))).toBe(written(microBatches));
      expect(indices).toEqual(Array.from({ length: foldNodeCount(microBatches) }, (_, index) => index));
    }
  });
});

describe('ownedNodes', () => {
  it('are the largest whole sub-trees of a range, few, and cover it in order', () => {
    const shapes = fc.record({
      microBatches: fc.integer({ min: 1, max: 200 }),
      worldSize: fc.integer({ min: 1, max: 20 }),
    });
    const check = fc.property(shapes, ({ microBatches, worldSize }) => {
      for (let rank = 0; rank < worldSize; rank++) {
        const range = dealMicroBatches(microBatches, worldSize, rank);
        const nodes = ownedNodes(microBatches, range);
        expect(nodes.length).toBeLessThanOrEqual(Math.max(1, 2 * Math.log2(microBatches)));
        let next = range.start;
        for (const { start, end } of nodes) {
          expect(start).toBe(next);
          next = end;
        }
        expect(next).toBe(range.end);
      }
    });
    fc.assert(check, { numRuns: 200 });
  });
});

describe('localPartials', () => {
  it('are sub-trees in canonical order and one sum in fast order', () => {
    expect(localPartials('canonical', 8, 3, 1).map(({ start, end }) => [start, end])).toEqual([
      [2, 4],
      [4, 5],
    ]);
    expect(localPartials('fast', 8, 3, 1)).toEqual([{ index: 0, start: 2, end: 5 }]);
  });

  it('of a rank without micro-batches are none, and one of zeros in fast order', () => {
    expect(localPartials('canonical', 1, 2, 0)).toEqual([]);
    expect(localPartials('fast', 1, 2, 0)).toEqual([{ index: 0, start: 0, end: 0 }]);
  });
});
