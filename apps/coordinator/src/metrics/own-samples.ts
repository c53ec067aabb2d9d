import { dealMicroBatches, microBatchSizes } from '@tandem/core';
import type { StepReport } from '@tandem/rpc';

/** Samples of a step that were this rank's. Between two generations a worker's rank may be none of the step's: then 0. */
export function ownSamples(
  { samples, worldSize }: Pick<StepReport, 'samples' | 'worldSize'>,
  rank: number,
  microBatches = worldSize,
): number {
  if (rank >= worldSize) return 0;
  const { start, end } = dealMicroBatches(microBatches, worldSize, rank);
  return microBatchSizes(samples, microBatches)
    .slice(start, end)
    .reduce((sum, size) => sum + size, 0);
}
