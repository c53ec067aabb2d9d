import { invariant } from './errors.js';

/** Half-open: `start` is in, `end` is not. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * The sizes of the `microBatches` pieces of a batch: as equal as they can be, the larger first (50 in 6: 9, 9, 8, 8, 8, 8).
 * A function of these two numbers alone; a batch smaller than the number of pieces leaves the last ones empty.
 */
export function microBatchSizes(samples: number, microBatches: number): number[] {
  invariant(microBatches >= 1, `microBatches is ${microBatches}, at least 1 was assumed`);
  const small = Math.floor(samples / microBatches);
  const larger = samples % microBatches;
  return Array.from({ length: microBatches }, (_, index) => small + (index < larger ? 1 : 0));
}

/**
 * The contiguous micro-batches that `rank` of `worldSize` is dealt. Every micro-batch is dealt to exactly one rank; where
 * there are more ranks than micro-batches, some ranks are dealt none and go along as hot spares.
 */
export function dealMicroBatches(microBatches: number, worldSize: number, rank: number): Range {
  invariant(rank >= 0 && rank < worldSize, `rank ${rank} is not in a world of ${worldSize}`);
  return {
    start: Math.floor((rank * microBatches) / worldSize),
    end: Math.floor(((rank + 1) * microBatches) / worldSize),
  };
}
