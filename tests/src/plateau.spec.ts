import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeIdxDataset } from './support/data-sets.js';
import { checkpointDigests, lossesOf, metricsOf } from './support/run-directory.js';
import { scratchFolder } from './support/scratch.js';
import { tandem } from './support/tandem.js';

const scratch = scratchFolder();

it('drops the rate at the same steps at 1, 2 and 3 workers for 2 micro-batches, and over a resume across a drop', async () => {
  makeIdxDataset(join(scratch, 'idx'), { train: 60, evaluation: 20 });
  const config = join(scratch, 'plateau.yaml');
  writeFileSync(
    config,
    `
model: { name: small }
data: { format: idx, train: ${scratch}/idx/train, eval: ${scratch}/idx/eval }
training: { globalBatch: 20, microBatches: 2, epochs: 6, accumulate: 2, labelSmoothing: 0.1 }
optimizer: { name: lars, clipNorm: 5, schedule: { name: plateau, factor: 0.5, patience: 1, threshold: 0.3 } }
evaluation: { batch: 8 }
`,
  );
  const train = async (run: string, workers: number, ...more: string[]) => {
    const out = join(scratch, run);
    const args = ['run', '--config', config, '--workers', String(workers), '--out', out, ...more];
    const { exitCode, output } = await tandem(args);
    expect(exitCode, output).toBe(0);
    return out;
  };
  const ratesOf = (run: string) => metricsOf(run).flatMap((row) => (row.type === 'step' ? [row['learningRate']] : []));
  const alone = await train('one', 1);
  expect(new Set(ratesOf(alone)).size).toBeGreaterThan(2);
  const [two, resumed] = [await train('two', 2), await train('resumed', 2, '--max-steps', '9')];
  await train('resumed', 1, '--resume');
  // One of them has no rows of a step, and its share of each evaluation.
  const three = await train('three', 3);
  expect(metricsOf(three)[0]).toMatchObject({ worldSize: 3 });
  for (const run of [two, resumed, three]) {
    expect(ratesOf(run)).toEqual(ratesOf(alone));
    expect(lossesOf(run)).toEqual(lossesOf(alone));
    expect(checkpointDigests(run, 18)).toEqual(checkpointDigests(alone, 18));
  }
}, 180_000);
