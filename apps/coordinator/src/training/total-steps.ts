import type { RunConfig } from '@tandem/core';

/** Steps of the whole run: all epochs, each with its short last batch, or up to `lastStep` where that comes first. */
export function totalSteps(config: RunConfig, trainingSamples: number, lastStep: number | undefined): number {
  const { globalBatch, epochs } = config.training;
  return Math.min(Math.ceil(trainingSamples / globalBatch) * epochs, lastStep ?? Infinity);
}
