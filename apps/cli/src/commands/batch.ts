import { encodeSafetensors } from '@tandem/checkpoint';
import { ConfigurationError, loadConfig, type RunConfig } from '@tandem/core';
import { type Batch, BatchSchedule, BatchStream, resolveDataset } from '@tandem/dataset';
import { Command } from 'commander';
import { collect, positiveInteger } from '../arguments.js';
import { writeWhole } from '../write-whole.js';

interface BatchOptions {
  readonly config: string;
  readonly step: number;
  readonly out: string;
  readonly set?: readonly string[];
}

/** `tandem batch`: writes the exact augmented global batch of a step. Rejects with the ConfigurationErrors of config and data. */
export function batchCommand(): Command {
  return new Command('batch')
    .description('write the exact augmented global batch of a step, as safetensors')
    .requiredOption('--config <file>', 'the run’s configuration')
    .requiredOption('--step <k>', 'the step, counted from 1', positiveInteger)
    .requiredOption('--out <file>', 'where to write images [n, h, w, c] float32, labels [n] and indices [n] int64')
    .option('--set <key.path=value>', 'override a setting; may be given several times', collect)
    .action(async ({ config: file, step, out, set }: BatchOptions) => {
      const config = loadConfig(file, set === undefined ? {} : { overrides: set });
      const { bytes, samples, epoch } = await encodeBatch(config, file, step);
      await writeWhole(out, bytes);
      process.stdout.write(`Step ${step} (epoch ${epoch}): ${samples} samples, written to ${out}\n`);
    });
}

/** The safetensors file of the global batch of `step`. The number of micro-batches and workers does not change it. */
export async function encodeBatch(
  config: RunConfig,
  configFile: string,
  step: number,
): Promise<{ readonly bytes: Uint8Array; readonly samples: number; readonly epoch: number }> {
  const { train, plan, mean } = await resolveDataset(config, configFile);
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
    const batch = await stream.next();
    const { samples, epoch } = batch;
    return { bytes: encode(batch, plan.inputSize, train.channels), samples, epoch };
  } finally {
    await stream.close();
  }
}

function encode({ images, labels, indices }: Batch, inputSize: number, channels: number): Uint8Array {
  const n = labels.length;
  const int64 = (values: Iterable<number>) => BigInt64Array.from(values, BigInt);
  return encodeSafetensors([
    { name: 'images', dtype: 'F32', shape: [n, inputSize, inputSize, channels], data: images },
    { name: 'labels', dtype: 'I64', shape: [n], data: int64(labels) },
    { name: 'indices', dtype: 'I64', shape: [n], data: int64(indices) },
  ]);
}
