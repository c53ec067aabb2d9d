import type { RunConfig } from '@tandem/core';

/** Where there is no scaling to undo, a warm-up starts at this part of the rate. */
const START_FACTOR = 0.1;

/** What the rate is multiplied by for a batch of another size than it was found for: Goyal et al. (2017), section 2.1. */
export function batchScale({ optimizer, training }: RunConfig): number {
  return optimizer.scaleBatch === undefined ? 1 : training.globalBatch / optimizer.scaleBatch;
}

/**
 * What the rate of `step` (from 1) is multiplied by while a run warms up: Goyal et al. (2017), section 2.2. It grows by
 * the same amount each step, from the rate before the scaling to the scaled one.
 */
export function warmupFactor(config: RunConfig, step: number, stepsPerEpoch: number): number {
  const { warmup } = config.optimizer;
  const steps = (warmup?.epochs ?? 0) * stepsPerEpoch;
  if (warmup === undefined || step > steps) return 1;
  const scale = batchScale(config);
  const start = warmup.startFactor ?? (scale > 1 ? 1 / scale : START_FACTOR);
  return start + ((1 - start) * (step - 1)) / steps;
}
