import type { Standing } from '@tandem/rpc';
import { describe, expect, it } from 'vitest';
import { commonStart } from './common-start.js';
import { Formation } from './formation.js';

const at = (step: number, more: Partial<Standing> = {}): Standing => ({
  generation: 2,
  trained: true,
  step,
  evaluationErrors: [],
  lastEvaluation: 0,
  ...more,
});
const fresh = at(0, { trained: false });

describe('commonStart', () => {
  it.each([
    ['nobody has trained', [fresh, fresh], { trained: false, step: 0, behind: [] }],
    ['all are alike', [at(7), at(7)], { trained: true, step: 7, source: 0, behind: [] }],
    ['one is a step behind', [at(6), at(7), at(7)], { step: 7, source: 1, behind: [0] }],
    ['one is a step ahead', [at(6), at(6), at(7)], { step: 7, source: 2, behind: [0, 1] }],
    ['one is new', [at(7), fresh], { step: 7, source: 0, behind: [1] }],
    ['one is new, before the first step', [fresh, at(0)], { step: 0, source: 1, behind: [0] }],
  ])('where %s', (_, standings, expected) => expect(commonStart(standings)).toMatchObject(expected));

  it('goes by the evaluations of the most advanced', () => {
    const ahead = at(9, { evaluationErrors: [5, 3], lastEvaluation: 8 });
    expect(commonStart([at(8, { evaluationErrors: [5], lastEvaluation: 4 }), ahead])).toMatchObject({
      evaluationErrors: [5, 3],
      lastEvaluation: 8,
    });
  });
});

describe('Formation', () => {
  it('waits for all to stand, then for all to be ready', () => {
    const formation = new Formation(2, ['a', 'b']);
    expect(formation.stand('b', at(3))).toBeUndefined();
    expect(formation.missing).toEqual(['a']);
    expect(formation.stand('a', at(3))).toMatchObject({ step: 3 });
    formation.begin();
    expect(formation.missing).toEqual(['a', 'b']);
    expect(formation.ready('a', 'x')).toBeUndefined();
    expect(formation.stage).toBe('begun');
    expect(formation.ready('b', 'x')).toBeUndefined();
    expect(formation.stage).toBe('training');
    expect(formation.missing).toEqual([]);
  });

  it('does not compare where nothing was taken', () => {
    const formation = new Formation(1, ['a', 'b']);
    formation.begin();
    expect([formation.ready('a', ''), formation.ready('b', 'y')]).toEqual([undefined, undefined]);
    expect(formation.stage).toBe('training');
  });

  it('names who has other weights', () => {
    const formation = new Formation(1, ['a', 'b']);
    formation.begin();
    formation.ready('a', 'x');
    expect(formation.ready('b', 'y')).toBe('a');
    expect(formation.stage).toBe('begun');
  });
});
