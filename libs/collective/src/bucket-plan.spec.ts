import { describe, expect, it } from 'vitest';
import { planBuckets } from './bucket-plan.js';

describe('planBuckets', () => {
  it('packs whole tensors in order and gives a large one a bucket of its own', () => {
    expect(planBuckets([10, 20, 100, 5, 0, 30], 120)).toEqual({
      buckets: [
        { start: 0, length: 30 },
        { start: 30, length: 100 },
        { start: 130, length: 5 },
        { start: 135, length: 30 },
      ],
      bucketOf: [0, 0, 1, 2, 2, 3],
    });
  });

  it('of no tensors has no buckets', () => {
    expect(planBuckets([], 4096)).toEqual({ buckets: [], bucketOf: [] });
  });

  it('refuses a size that is none', () => {
    expect(() => planBuckets([1.5], 4096)).toThrow(/1.5 elements/);
  });
});
