import { dealMicroBatches, type Range } from '@tandem/core';

/**
 * The pieces of an evaluation that a rank is dealt: none on a rank without micro-batches, which has nothing to send its
 * count of errors with in the next step's exchange.
 */
export function dealEvaluation(
  pieces: number,
  { microBatches, worldSize, rank }: { microBatches: number; worldSize: number; rank: number },
): Range {
  if (microBatches >= worldSize) return dealMicroBatches(pieces, worldSize, rank);
  const { start, end } = dealMicroBatches(microBatches, worldSize, rank);
  return end > start ? dealMicroBatches(pieces, microBatches, start) : { start: 0, end: 0 };
}
