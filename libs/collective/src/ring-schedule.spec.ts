import { describe, expect, it } from 'vitest';
import { ringSchedule } from './ring-schedule.js';

describe.each([1, 2, 3, 5, 8])('the ring of %i', (worldSize) => {
  const ranks = Array.from({ length: worldSize }, (_, rank) => ringSchedule(worldSize, rank));

  it('sends in every hop what the next rank receives', () => {
    for (const { next, reduce, gather } of ranks)
      for (const phase of ['reduce', 'gather'] as const)
        for (const { hop, sends } of { reduce, gather }[phase]) expect(ranks[next]?.[phase][hop]?.receives).toBe(sends);
  });

  it("brings each rank's own shard home last, and then every other rank's once", () => {
    for (const [rank, { reduce, gather }] of ranks.entries()) {
      if (worldSize > 1) expect(reduce.at(-1)?.receives).toBe(rank);
      expect(new Set(gather.map(({ receives }) => receives)).size).toBe(worldSize - 1);
      expect(gather.some(({ receives }) => receives === rank)).toBe(false);
    }
  });

  it('adds every rank once to each shard', () => {
    for (let shard = 0; shard < worldSize; shard++)
      expect(ranks.filter(({ reduce }) => reduce.some(({ sends }) => sends === shard))).toHaveLength(worldSize - 1);
  });
});
