import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BatchSchedule } from '@tandem/dataset';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeIdxDataset } from './support/data-sets.js';
import { checkpointDigests, lossesOf, metricsOf } from './support/run-directory.js';
import { scratchFolder } from './support/scratch.js';
import { tandem } from './support/tandem.js';

const scratch = scratchFolder();
/** One that step 8 has. */
const SAMPLE = new BatchSchedule({ samples: 200, globalBatch: 40, microBatches: 6, seed: 7 }).locate(8).indices[17]!;
const FAULT = `*:data@8=nan-sample:${SAMPLE}`;
const config = join(scratch, 'small.yaml');

beforeAll(() => {
  makeIdxDataset(join(scratch, 'idx'), { train: 200, evaluation: 20 });
  writeFileSync(
    config,
    `
model: { name: small, dropout: 0.5 }
data: { format: idx, train: ${scratch}/idx/train }
training: { globalBatch: 40, microBatches: 6, epochs: 4, seed: 7 }
optimizer: { learningRate: 0.02 }
`,
  );
});

function train(run: string, workers: number, set: readonly string[], fault = '') {
  const settings = set.flatMap((setting) => ['--set', setting]);
  const args = ['run', '--config', config, '--workers', String(workers), '--out', join(scratch, run)];
  return tandem([...args, ...settings], { TANDEM_FAULT: fault });
}

describe('a loss that is no number', () => {
  it('stops the run on all ranks, naming rank, layer and sample, with nothing of the step applied', async () => {
    const { exitCode, output } = await train('stopped', 2, ['checkpoint.everySteps=3'], FAULT);
    expect(exitCode, output).toBe(1);
    expect(output).toMatch(
      new RegExp(
        `the loss of step 8 is NaN: the image for sample ${SAMPLE} on rank [01] \\(worker-[01]\\) .*TANDEM_NON_FINITE`,
      ),
    );
    const out = join(scratch, 'stopped');
    expect(lossesOf(out)).toHaveLength(7);
    // The fault was in the machine, not in the run: it goes on from the last checkpoint as if nothing had been.
    const args = ['run', '--config', config, '--workers', '1', '--out', out, '--resume'];
    expect((await tandem(args)).exitCode).toBe(0);
    expect((await train('undisturbed', 1, [])).exitCode).toBe(0);
    expect(lossesOf(out)).toEqual(lossesOf(join(scratch, 'undisturbed')));
    expect(checkpointDigests(out, 20)).toEqual(checkpointDigests(join(scratch, 'undisturbed'), 20));
  });

  it('skips the step with the same bits at 1 and 3 workers where the configuration says so', async () => {
    const runs: string[] = [];
    for (const workers of [1, 3]) {
      const set = ['training.onNonFinite=skip', 'exchange.dense=factors'];
      const { exitCode, output } = await train(`skip-${workers}`, workers, set, FAULT);
      expect(exitCode, output).toBe(0);
      expect(output).toMatch(/the image for sample \d+ on rank \d .*The step is skipped/);
      expect(output).toMatch(/1 steps were skipped/);
      runs.push(join(scratch, `skip-${workers}`));
    }
    const skipped = metricsOf(runs[0]!).filter((row) => row['skipped'] === true);
    expect(skipped).toMatchObject([{ step: 8, loss: null }]);
    expect(metricsOf(runs[0]!)[0]).not.toHaveProperty('skipped');
    for (const run of runs) {
      expect(lossesOf(run)).toHaveLength(20);
      expect(lossesOf(run)).toEqual(lossesOf(runs[0]!));
      expect(checkpointDigests(run, 20)).toEqual(checkpointDigests(runs[0]!, 20));
    }
  });

  it('stops a run that would skip for ever, as one with a rate too high does', async () => {
    const set = ['training.onNonFinite=skip', 'optimizer.learningRate=1e30'];
    const { exitCode, output } = await train('diverged', 2, set);
    expect(exitCode, output).toBe(1);
    expect(output).toMatch(/10 steps in a row were skipped.*TANDEM_NON_FINITE/);
  });
});

describe('a bit that is flipped in the weights of one rank', () => {
  it.each([
    [3, 0, /rank 0 differs from ranks 1, 2 in fc3\/kernel at step 8\. .*\[TANDEM_REPLICAS_DIFFER\]/],
    [2, 1, /rank 1 differs from rank 0 in fc3\/kernel at step 8/],
  ])('of %i, rank %i, stops the run by name', async (workers, rank, message) => {
    const run = `flipped-${workers}-${rank}`;
    const fault = `worker-${rank}:data@8=flip-bit:fc3/kernel`;
    const set = ['training.digestEverySteps=4', 'checkpoint.everySteps=100', 'optimizer.learningRate=1e-9'];
    const { exitCode, output } = await train(run, workers, set, fault);
    expect(exitCode, output).toBe(1);
    expect(output).toMatch(message);
    const log = readFileSync(join(scratch, run, 'logs', 'coordinator.jsonl'), 'utf8');
    expect(log).not.toMatch(/checkpoint of step (?!0 )\d+ written/);
  });
});
