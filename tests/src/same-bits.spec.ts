import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { makeIdxDataset, makeImageFolder } from './support/data-sets.js';
import { checkpointDigests, lossesOf, metricsOf } from './support/run-directory.js';
import { scratchFolder } from './support/scratch.js';
import { tandem } from './support/tandem.js';

const scratch = scratchFolder();

async function train(config: string, run: string, workers: number, ...more: string[]): Promise<string> {
  const out = join(scratch, run);
  const { exitCode, output } = await tandem([
    ...['run', '--config', config, '--workers', String(workers), '--out', out],
    ...more,
  ]);
  expect(exitCode, output).toBe(0);
  return out;
}

/** How the first worker's gradients went, as its log says. */
function pathsOf(run: string): string[] {
  const lines = readFileSync(join(run, 'logs/worker-0.jsonl'), 'utf8').trim().split('\n');
  const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  return messages.filter((message) => message.startsWith('gradients go through'));
}

describe('the small network, 50 samples in 6 micro-batches, dropout and augmentation on', () => {
  const config = join(scratch, 'small.yaml');
  const STEPS = 60;
  let alone: string;

  beforeAll(async () => {
    makeIdxDataset(join(scratch, 'idx'));
    writeFileSync(
      config,
      `
model: { name: small, dropout: 0.5 }
data: { format: idx, train: ${scratch}/idx/train, eval: ${scratch}/idx/eval }
training: { globalBatch: 50, microBatches: 6, epochs: 30, seed: 7 }
optimizer: { learningRate: 0.02, schedule: { name: step, epochs: [8] } }
evaluation: { everyEpochs: 2, batch: 16 }
checkpoint: { everySteps: 20, keep: 9 }
`,
    );
    alone = await train(config, 'small-1', 1, '--max-steps', String(STEPS));
  });

  it('learns', () => {
    const errors = metricsOf(alone).filter(({ type }) => type === 'eval');
    // 620 samples are 13 steps an epoch, the last of 20 samples.
    expect(errors.map(({ step }) => step)).toEqual([26, 52]);
    expect(errors.at(-1)?.['top1']).toBeLessThan(0.2);
    expect(metricsOf(alone).filter(({ type, samples }) => type === 'step' && samples === 20)).toHaveLength(4);
  });

  it.each([2, 3, 4])('has the same losses, errors and weights at %i workers', async (workers) => {
    const run = await train(config, `small-${workers}`, workers, '--max-steps', String(STEPS));
    expect(lossesOf(run)).toHaveLength(STEPS);
    expect(lossesOf(run)).toEqual(lossesOf(alone));
    const evaluations = (of: string) => metricsOf(of).filter(({ type }) => type === 'eval');
    expect(evaluations(run)).toEqual(evaluations(alone));
    for (const step of [0, 20, 60]) expect(checkpointDigests(run, step)).toEqual(checkpointDigests(alone, step));
    expect(metricsOf(run)[0]).toMatchObject({ worldSize: workers, generation: 1, samples: 50 });
  });

  it('goes on exactly after a stop at step 37, at another world size', async () => {
    const out = await train(config, 'stopped', 3, '--max-steps', '37');
    expect(lossesOf(out)).toHaveLength(37);
    await train(config, 'stopped', 2, '--max-steps', '55', '--resume');
    expect(lossesOf(out)).toEqual(lossesOf(alone).slice(0, 55));
    expect(checkpointDigests(out, 40)).toEqual(checkpointDigests(alone, 40));
  });

  it.each([
    ['all-reduce', 3],
    ['factors', 5],
  ])('has the same bits at 1 and more workers with exchange.dense: %s, which the run keeps', async (dense, workers) => {
    const set = ['--max-steps', '30', '--set', `exchange.dense=${dense}`];
    const one = await train(config, `${dense}-1`, 1, ...set);
    const run = await train(config, `${dense}-${workers}`, workers, ...set);
    expect(lossesOf(run)).toEqual(lossesOf(one));
    expect(checkpointDigests(run, 30)).toEqual(checkpointDigests(one, 30));
    const { exchange } = parse(readFileSync(join(one, 'config.yaml'), 'utf8')) as { exchange: { factors: string[] } };
    expect(exchange.factors).toHaveLength(dense === 'factors' ? 2 : 0);
  });

  it('has the same bits through connections as through shared memory, which workers on one machine use by themselves', async () => {
    const shared = join(scratch, 'all-reduce-3');
    const set = ['--max-steps', '30', '--set', 'exchange.dense=all-reduce'];
    const apart = await train(config, 'apart-3', 3, ...set, '--set', 'exchange.sharedMemory=off');
    expect(pathsOf(shared)).toEqual([expect.stringMatching(/^gradients go through shared memory to ranks \d, \d$/)]);
    expect(pathsOf(apart)).toEqual(['gradients go through connections to all peers']);
    expect(lossesOf(apart)).toHaveLength(30);
    expect(lossesOf(apart)).toEqual(lossesOf(shared));
    expect(checkpointDigests(apart, 30)).toEqual(checkpointDigests(shared, 30));
  });

  it('has the same bits at 1, 2 and 3 workers with gradients compressed to bfloat16', async () => {
    const set = ['--max-steps', '30', '--set', 'exchange.compression=bf16'];
    const one = await train(config, 'bf16-1', 1, ...set);
    for (const [workers, sharedMemory] of [
      [2, 'auto'],
      [3, 'off'],
    ] as const) {
      const run = await train(
        config,
        `bf16-${workers}`,
        workers,
        ...set,
        '--set',
        `exchange.sharedMemory=${sharedMemory}`,
      );
      expect(lossesOf(run)).toEqual(lossesOf(one));
      expect(checkpointDigests(run, 30)).toEqual(checkpointDigests(one, 30));
    }
    const losses = (of: string) => lossesOf(of).map((line) => Number(line.split(' ')[1]));
    for (const [at, loss] of losses(one).entries()) expect(loss).toBeCloseTo(losses(alone)[at]!, 1);
    expect(lossesOf(one)).not.toEqual(lossesOf(alone).slice(0, 30));
  });

  it('is alike but not the same in the fast order', async () => {
    const fast = (run: string, workers: number) =>
      train(config, run, workers, '--max-steps', '20', '--set', 'exchange.order=fast');
    const [two, three] = [await fast('fast-2', 2), await fast('fast-3', 3)];
    const losses = (of: string) => lossesOf(of).map((line) => Number(line.split(' ')[1]));
    for (const run of [two, three])
      for (const [at, loss] of losses(run).entries()) expect(loss).toBeCloseTo(losses(alone)[at]!, 2);
    expect(checkpointDigests(two, 20).weights).not.toBe(checkpointDigests(three, 20).weights);
  });
});

describe('the paper’s AlexNet at 227×227', () => {
  it('has the same losses and weights at 1 worker and at 4 for 3 micro-batches, one a spare', async () => {
    await makeImageFolder(join(scratch, 'cells'));
    const config = join(scratch, 'alexnet.yaml');
    writeFileSync(
      config,
      `
model: { name: alexnet, variant: paper }
data: { format: image-folder, train: ${scratch}/cells/train, eval: ${scratch}/cells/eval }
training: { globalBatch: 8, microBatches: 3, epochs: 9, seed: 3 }
evaluation: { everyEpochs: 0 }
`,
    );
    const runs: string[] = [];
    for (const workers of [1, 4]) runs.push(await train(config, `alexnet-${workers}`, workers, '--max-steps', '3'));
    expect(lossesOf(runs[0]!)).toHaveLength(3);
    for (const run of runs) {
      expect(lossesOf(run)).toEqual(lossesOf(runs[0]!));
      expect(checkpointDigests(run, 3)).toEqual(checkpointDigests(runs[0]!, 3));
    }
  }, 400_000);

  it('has them in the keras variant too, whose batch normalisation adds up over all ranks in mid-step', async () => {
    await makeImageFolder(join(scratch, 'few-cells'), { train: 12, evaluation: 4 });
    const config = join(scratch, 'keras.yaml');
    writeFileSync(
      config,
      `
model: { name: alexnet, variant: keras, width: 0.5 }
data: { format: image-folder, train: ${scratch}/few-cells/train, eval: ${scratch}/few-cells/eval }
training: { globalBatch: 8, microBatches: 3, epochs: 9, seed: 3 }
`,
    );
    const runs: string[] = [];
    for (const workers of [1, 3]) runs.push(await train(config, `keras-${workers}`, workers, '--max-steps', '4'));
    const evaluations = (of: string) => metricsOf(of).filter(({ type }) => type === 'eval');
    expect(evaluations(runs[0]!)).toHaveLength(2);
    for (const run of runs) {
      expect(lossesOf(run)).toEqual(lossesOf(runs[0]!));
      expect(evaluations(run)).toEqual(evaluations(runs[0]!));
      expect(checkpointDigests(run, 4)).toEqual(checkpointDigests(runs[0]!, 4));
    }
  }, 300_000);
});
