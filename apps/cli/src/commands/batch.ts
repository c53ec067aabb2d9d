import { encodeSafetensors } from '@tandem/checkpoint';
import { loadConfig } from '@tandem/core/config';
import type { Batch } from '@tandem/dataset';
import { Command } from 'commander';
import { collect, positiveInteger } from '../arguments.js';
import { type BatchRequest, withGlobalBatch } from '../global-batch.js';
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
    .addHelpText(
      'after',
      '\nExample:\n  tandem batch --config examples/elpv-demo.yaml --step 3 --out batch.safetensors',
    )
    .action(async ({ config: file, step, out, set = [] }: BatchOptions) => {
      const { bytes, samples, epoch } = await encodeBatch({ config: loadConfig(file, { overrides: set }), file, step });
      await writeWhole(out, bytes);
      process.stdout.write(`Step ${step} (epoch ${epoch}): ${samples} samples, written to ${out}\n`);
    });
}

/** The safetensors file of the global batch of a step. */
export function encodeBatch(
  request: BatchRequest,
): Promise<{ readonly bytes: Uint8Array; readonly samples: number; readonly epoch: number }> {
  return withGlobalBatch(request, (batch, { plan, channels }) => {
    const { samples, epoch } = batch;
    return { bytes: encode(batch, plan.inputSize, channels), samples, epoch };
  });
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
