import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeIdxDataset } from '../src/support/data-sets.js';
import { tandem } from '../src/support/tandem.js';

/** A run of one worker to which nothing happens, and the configuration that every cell has too. */
export interface Reference {
  readonly config: string;
  readonly out: string;
  readonly steps: number;
}

/** Dropout, a plateau schedule and an uneven last batch: bits would show a draw, an evaluation or a sum that came out otherwise. */
export function writeJob(folder: string): string {
  makeIdxDataset(join(folder, 'idx'), { train: 140, evaluation: 40 });
  const config = join(folder, 'config.yaml');
  writeFileSync(
    config,
    `
model: { name: small, dropout: 0.5 }
data: { format: idx, train: ${folder}/idx/train, eval: ${folder}/idx/eval }
training: { globalBatch: 12, microBatches: 6, epochs: 1000000, seed: 7 }
optimizer: { learningRate: 0.02, schedule: { name: plateau, factor: 0.5, patience: 1, threshold: 0.05 } }
evaluation: { everyEpochs: 1, batch: 16 }
checkpoint: { everySteps: 10, keep: 9 }
cluster: { minWorkers: 1, maxWorkers: 3 }
log: { level: debug }
`,
  );
  return config;
}

/** The folder of a run of one worker to its end, to which nothing happens. */
export async function undisturbed({
  folder,
  config,
  steps,
}: {
  folder: string;
  config: string;
  steps: number;
}): Promise<string> {
  const out = join(folder, 'undisturbed');
  const { exitCode, output } = await tandem([
    ...['run', '--config', config, '--workers', '1', '--out', out, '--max-steps', String(steps)],
    ...['--set', 'log.level=warn'],
  ]);
  if (exitCode !== 0) throw new Error(`the undisturbed run ended with ${exitCode}:\n${output}`);
  return out;
}

export async function makeReference(folder: string, steps: number): Promise<Reference> {
  const config = writeJob(folder);
  return { config, out: await undisturbed({ folder, config, steps }), steps };
}
