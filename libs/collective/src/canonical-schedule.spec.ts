import { describe, expect, it } from 'vitest';
import { canonicalSchedule } from './canonical-schedule.js';
import type { Sum } from './canonical-schedule.js';

const written = (sum: Sum): string =>
  'position' in sum ? String(sum.position) : `(${written(sum.left)}+${written(sum.right)})`;

describe('canonicalSchedule', () => {
  it('adds the partial sums of all ranks in the order of the whole tree', () => {
    const { partials, sum, spares } = canonicalSchedule(8, 3);
    expect(partials.map(({ rank, start, end }) => [rank, start, end])).toEqual([
      [0, 0, 2],
      [1, 2, 4],
      [1, 4, 5],
      [2, 5, 6],
      [2, 6, 8],
    ]);
    expect(written(sum)).toBe('((0+1)+((2+3)+4))');
    expect(spares).toEqual([]);
  });

  it('of one rank is the root alone', () => {
    expect(canonicalSchedule(6, 1)).toMatchObject({ partials: [{ index: 0, rank: 0 }], sum: { position: 0 } });
  });

  it('names the ranks that have nothing to add, by a number that is no node', () => {
    const { partials, spares, nothing } = canonicalSchedule(2, 4);
    expect(spares).toEqual([0, 2]);
    expect(partials.map(({ index }) => index)).not.toContain(nothing);
  });
});
