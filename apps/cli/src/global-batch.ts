import { ConfigurationError, type RunConfig } from '@tandem/core';
import { type Batch, BatchSchedule, BatchStream, type ResolvedDataset, resolveDataset } from '@tandem/dataset';

export interface BatchRequest {
  readonly config: RunConfig;
  /** Where it was read from: data is looked for beside it. */
  readonly file: string;
  /** Counts from 1. */
  readonly step: number;
}

/**
 * What `use` makes of the exact augmented global batch of a step, over all ranks; the batch's memory is not to be used after it.
 * The number of micro-batches and workers does not change it. Throws the ConfigurationErrors of the data, and
 * `TANDEM_DATA_STEP` for a step after the end of the run.
 */
export async function withGlobalBatch<T>(
  { config, file, step }: BatchRequest,
  use: (batch: Batch, dataset: ResolvedDataset) => T | Promise<T>,
): Promise<T> {
  const dataset = await resolveDataset(config, file);
  const { train, plan, mean } = dataset;
  const { globalBatch, microBatches = 1, seed, epochs } = config.training;
  const schedule = { samples: train.length, globalBatch, microBatches, seed };
  const last = new BatchSchedule(schedule).totalSteps(epochs);
  if (step > last)
    throw new ConfigurationError({
      code: 'TANDEM_DATA_STEP',
      what: `step ${step} is after the end of the run`,
      where: '--step',
      expected: `at most ${last}: ${epochs} epochs of ${train.length} samples, ${globalBatch} a step`,
      remedy: 'Raise it with --set training.epochs=….',
    });
  const stream = await BatchStream.open({
    source: train,
    plan,
    mean,
    schedule,
    deal: { start: 0, end: microBatches },
    startStep: step,
    endStep: step,
    prefetch: 1,
    onError: config.data.onError,
  });
  try {
    return await use(await stream.next(), dataset);
  } finally {
    await stream.close();
  }
}
