import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeIdxDataset } from './support/data-sets.js';
import { checkpointDigests, lossesOf, metricsOf } from './support/run-directory.js';
import { scratchFolder } from './support/scratch.js';
import { tandem } from './support/tandem.js';

const scratch = scratchFolder();
const config = join(scratch, 'small.yaml');
const STEPS = 12;
/** Nothing was set up here. */
const withoutNative = { TANDEM_CACHE: join(scratch, 'empty-cache') };

async function train(
  run: string,
  workers: number,
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ out: string; output: string }> {
  const out = join(scratch, run);
  const { exitCode, output } = await tandem(
    ['run', '--config', config, '--workers', String(workers), '--out', out, ...flags],
    environment,
  );
  expect(exitCode, output).toBe(0);
  return { out, output };
}

const enginesOf = (run: string) =>
  (
    JSON.parse(readFileSync(join(run, 'run.json'), 'utf8')) as {
      starts: { workers: { engine: string; tensorflow: string; threads: number }[] }[];
    }
  ).starts.flatMap(({ workers }) => workers.map(({ engine, tensorflow, threads }) => [engine, tensorflow, threads]));
const evaluationsOf = (run: string) => metricsOf(run).filter(({ type }) => type === 'eval');
const lossValuesOf = (run: string) => lossesOf(run).map((line) => Number(line.split(' ')[1]));

beforeAll(() => {
  mkdirSync(withoutNative.TANDEM_CACHE);
  makeIdxDataset(join(scratch, 'idx'), { train: 100, evaluation: 30 });
  writeFileSync(
    config,
    `
model: { name: small, dropout: 0.5 }
data: { format: idx, train: ${scratch}/idx/train, eval: ${scratch}/idx/eval }
training: { globalBatch: 20, microBatches: 3, epochs: 9, seed: 7 }
optimizer: { learningRate: 0.02 }
evaluation: { everyEpochs: 2, batch: 16 }
checkpoint: { everySteps: 5, keep: 9 }
`,
  );
});

describe('the small network on WebAssembly', () => {
  it('has the same losses, errors and weights with one worker as with three, stopped, and two that go on', async () => {
    const wasm = ['--engine', 'wasm', '--max-steps', String(STEPS)];
    const { out: alone } = await train('wasm-1', 1, wasm);
    expect(lossesOf(alone)).toHaveLength(STEPS);
    expect(evaluationsOf(alone)).toHaveLength(1);
    expect(enginesOf(alone)).toEqual([['wasm', 'tfjs-backend-wasm 4.22.0', 1]]);
    await train('wasm-3', 3, ['--engine', 'wasm', '--max-steps', '7']);
    const { out: resumed } = await train('wasm-3', 2, [...wasm, '--resume']);
    expect(lossesOf(resumed)).toEqual(lossesOf(alone));
    expect(evaluationsOf(resumed)).toEqual(evaluationsOf(alone));
    for (const step of [0, 5, STEPS]) expect(checkpointDigests(resumed, step)).toEqual(checkpointDigests(alone, step));
  });

  it('is what a machine without the native runtime takes by itself, loudly, and learns what the native one does', async () => {
    const { out, output } = await train('without', 1, ['--max-steps', '6'], withoutNative);
    expect(output).toMatch(/COMPUTES WITHOUT THE NATIVE ENGINE.*not set up/s);
    expect(enginesOf(out)).toEqual([['wasm', 'tfjs-backend-wasm 4.22.0', 1]]);
    expect(lossesOf(out)).toEqual(lossesOf(join(scratch, 'wasm-1')).slice(0, 6));
    const { out: native, output: quiet } = await train('native', 1, ['--max-steps', '6']);
    expect(quiet).not.toContain('WITHOUT THE NATIVE');
    expect(enginesOf(native)).toEqual([['native', expect.stringMatching(/^\d+\.\d+/), 1]]);
    for (const [at, loss] of lossValuesOf(native).entries()) expect(lossValuesOf(out)[at]).toBeCloseTo(loss, 4);
    // Weights were drawn alike, but for the last bits of some.
    const { output: resumed } = await train('native', 1, ['--engine', 'wasm', '--max-steps', '7', '--resume']);
    expect(resumed).toContain('was trained with the native engine and goes on with the wasm one');
  });

  it('evaluates a checkpoint without the native runtime to the figures of the run', async () => {
    const run = join(scratch, 'wasm-1');
    const { step, top1, loss } = evaluationsOf(run)[0] as unknown as { step: number; top1: number; loss: number };
    const checkpoint = join(run, 'checkpoints', `step-${String(step).padStart(8, '0')}`);
    const { exitCode, output } = await tandem(
      ['eval', '--checkpoint', checkpoint, '--data', join(scratch, 'idx/eval'), '--json'],
      withoutNative,
    );
    expect(exitCode, output).toBe(0);
    expect(output).toContain('computed on WebAssembly, because the native engine cannot be had');
    const line = output.split('\n').find((text) => text.startsWith('{'))!;
    expect(JSON.parse(line)).toMatchObject({ step, top1: expect.closeTo(top1, 6) as number });
    expect((JSON.parse(line) as { loss: number }).loss).toBeCloseTo(loss, 5);
  });
});

it('ends a run of AlexNet, where nothing native is set up and nobody asked for WebAssembly, by the remedy', async () => {
  const flags = ['--config', config, '--workers', '1', '--set', 'model.name=alexnet'];
  const { exitCode, output } = await tandem(['run', ...flags, '--out', join(scratch, 'alexnet')], withoutNative);
  expect(exitCode, output).toBe(2);
  expect(output).toContain('TANDEM_RUNTIME_MISSING');
  expect(output).toContain('tandem setup');
});
