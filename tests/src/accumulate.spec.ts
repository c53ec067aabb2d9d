import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeIdxDataset } from './support/data-sets.js';
import { checkpointDigests, lossesOf, metricsOf } from './support/run-directory.js';
import { scratchFolder } from './support/scratch.js';
import { tandem } from './support/tandem.js';

const scratch = scratchFolder();

it('has the same bits in one round on one worker and in several rounds on several', async () => {
  makeIdxDataset(join(scratch, 'idx'), { train: 60, evaluation: 10 });
  const config = join(scratch, 'rounds.yaml');
  // Steps of 25, 25 and 10 rows, in micro-batches of 5 or 4 rows, then of 2 or 1.
  writeFileSync(
    config,
    `
model: { name: small, dropout: 0.5 }
data: { format: idx, train: ${scratch}/idx/train }
training: { globalBatch: 25, microBatches: 6, epochs: 2, seed: 11 }
optimizer: { clipNorm: 2 }
`,
  );
  const train = async (workers: number, accumulate: number) => {
    const out = join(scratch, `${workers}-${accumulate}`);
    const args = ['run', '--config', config, '--workers', String(workers), '--out', out];
    const { exitCode, output } = await tandem([...args, '--set', `training.accumulate=${accumulate}`]);
    expect(exitCode, output).toBe(0);
    expect(metricsOf(out)[0]).toMatchObject({ worldSize: workers });
    return out;
  };
  const alone = await train(1, 1);
  expect(lossesOf(alone)).toHaveLength(6);
  // 2 workers are dealt 3 micro-batches, 3 are dealt 2, 4 are dealt 1 or 2: fewer than the rounds that are asked for.
  for (const [workers, rounds] of [
    [2, 2],
    [3, 2],
    [4, 3],
  ] as const) {
    const run = await train(workers, rounds);
    expect(lossesOf(run)).toEqual(lossesOf(alone));
    expect(checkpointDigests(run, 6)).toEqual(checkpointDigests(alone, 6));
  }
}, 180_000);
