import { describe, expect, it } from 'vitest';
import { dealMicroBatches, microBatchSizes } from './micro-batches.js';

describe('microBatchSizes', () => {
  it.each([
    [50, 6, [9, 9, 8, 8, 8, 8]],
    [64, 2, [32, 32]],
    [3, 5, [1, 1, 1, 0, 0]],
    [0, 2, [0, 0]],
  ])('cuts %i samples in %i', (samples, pieces, expected) => {
    expect(microBatchSizes(samples, pieces)).toEqual(expected);
  });
});

describe('dealMicroBatches', () => {
  it('deals each micro-batch once, in order, whatever the world size', () => {
    for (const microBatches of [1, 2, 6, 7, 8])
      for (const worldSize of [1, 2, 3, 4, 5, 9]) {
        const dealt = Array.from({ length: worldSize }, (_, rank) => dealMicroBatches(microBatches, worldSize, rank));
        expect(dealt[0]?.start).toBe(0);
        expect(dealt.at(-1)?.end).toBe(microBatches);
        for (const [rank, range] of dealt.entries()) expect(range.start).toBe(dealt[rank - 1]?.end ?? 0);
      }
  });
});
