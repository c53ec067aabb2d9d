import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import type { Layer, LayerDescription, Toolkit } from '@tandem/model';
import { loadNetwork, NativeOperations, toolkit } from '@tandem/model';
import { loadTensorFlow } from '@tandem/runtime';
import { loadConfig } from '@tandem/core/config';
import { makeIdxDataset } from './support/data-sets.js';
import { freePort } from './support/free-port.js';
import { checkpointDigests, lossesOf, metricsOf } from './support/run-directory.js';
import { scratchFolder } from './support/scratch.js';
import { startTandem, tandem } from './support/tandem.js';

// examples/own-network is a package that depends on nothing; here it is where a user would have it, outside of this repository.

const scratch = scratchFolder();
const example = join(import.meta.dirname, '../../examples/own-network');
const mine = join(scratch, 'mine');
const config = join(mine, 'run.yaml');
const settings = [
  `data.train=${scratch}/idx/train`,
  `data.eval=${scratch}/idx/eval`,
  'training={ globalBatch: 32, microBatches: 2, epochs: 1, seed: 5 }',
].flatMap((setting) => ['--set', setting]);

beforeAll(() => {
  makeIdxDataset(join(scratch, 'idx'), { train: 128, evaluation: 20 });
  cpSync(example, mine, { recursive: true });
});

it('trains at the same bits on one worker and on two, and is evaluated where its code is allowed', async () => {
  const train = async (workers: number) => {
    const out = join(scratch, `${workers}`);
    const { exitCode, output } = await tandem([
      ...['run', '--config', config, '--workers', String(workers), '--out', out],
      ...settings,
    ]);
    expect(exitCode, output).toBe(0);
    expect(metricsOf(out)[0]).toMatchObject({ worldSize: workers });
    return out;
  };
  const [alone, together] = [await train(1), await train(2)];
  expect(lossesOf(alone)).toHaveLength(4);
  expect(lossesOf(together)).toEqual(lossesOf(alone));
  expect(checkpointDigests(together, 4)).toEqual(checkpointDigests(alone, 4));

  const evaluate = (...more: string[]) =>
    tandem(['eval', '--checkpoint', together, '--data', join(scratch, 'idx/eval'), '--json', ...more]);
  const evaluated = await evaluate('--modules', mine);
  expect(evaluated.exitCode, evaluated.output).toBe(0);
  const [row] = metricsOf(together).filter(({ type }) => type === 'eval');
  expect(JSON.parse(evaluated.output)).toMatchObject({ step: 4, loss: row!['loss'] });
  const refused = await evaluate();
  expect(refused.exitCode).toBe(2);
  expect(refused.output).toContain('TANDEM_MODEL_REFUSED');
});

it('refuses a worker with other code by name', async () => {
  const other = join(scratch, 'other');
  cpSync(example, other, { recursive: true });
  writeFileSync(join(other, 'prelu.js'), '// changed\n', { flag: 'a' });
  const address = `127.0.0.1:${await freePort()}`;
  const coordinator = startTandem([
    ...['coordinator', '--config', config, '--listen', address, '--out', join(scratch, 'refused'), ...settings],
    ...['--set', 'cluster.minWorkers=2'],
  ]);
  const workers = Object.entries({ a: mine, b: other }).map(([name, modules]) =>
    startTandem(['worker', '--coordinator', address, '--name', name, '--modules', modules]),
  );
  const { exitCode, output } = await coordinator.finished;
  expect(exitCode, output).toBe(2);
  expect(output).toMatch(/the digest of the network’s code \(model\.module\) of rank 1 .* is [0-9a-f]{64}/);
  expect(output).toContain('TANDEM_WORKERS_DISAGREE');
  // Before there was a generation: nothing of theirs is left that would keep them.
  for (const worker of workers) {
    const ended = await worker.finished;
    expect(ended.exitCode, ended.output).toBe(1);
    expect(ended.output).toContain('TANDEM_RUN_FAILED');
  }
});

it('has a layer whose gradients are those of its formula', async () => {
  const operations = new NativeOperations(loadTensorFlow({ threads: 1, device: 'cpu' }));
  const { network } = await loadNetwork(loadConfig(config).model, { classes: 10, channels: 1 }, mine);
  expect(network.parameters.map(({ name }) => name)).toContain('prelu2/slope');
  const { Prelu } = (await import(pathToFileURL(join(example, 'prelu.js')).href)) as {
    Prelu: new (toolkit: Toolkit, name: string, input: readonly number[], slope: number) => Layer;
  };
  const layer = new Prelu(toolkit, 'p', [2], 0.25);
  expect(layer.description).toEqual({ kind: 'own' } satisfies LayerDescription);
  const x = [1, -2, -3, 4];
  const dy = [10, 20, 30, 40];
  const tensor = (values: number[], shape: number[]) => operations.fromFloat32(Float32Array.from(values), shape);
  const [input, slopes, outputGradient] = [tensor(x, [2, 2]), tensor([0.25, 0.5], [2]), tensor(dy, [2, 2])];
  const { output, saved } = layer.forward(input, { operations, weights: [slopes] });
  expect([...operations.read(output)]).toEqual([1, -1, -0.75, 4]);
  const emitted: [number, number, number[]][] = [];
  const dx = layer.backward(outputGradient, {
    ...{ operations, weights: [slopes], input, output, saved, needsInputGradient: true },
    placement: { firstRow: 0, globalRows: 2, segments: [1, 1] },
    reduce: () => Float32Array.of(),
    emit: (parameter, segment, gradient) => emitted.push([parameter, segment, [...operations.read(gradient)]]),
  });
  expect([...operations.read(dx!)]).toEqual([10, 10, 7.5, 40]);
  // ∂y ⁄ ∂a is x where x is negative.
  expect(emitted.map(([, , values]) => values.map((value) => value + 0))).toEqual([
    [0, -40],
    [-90, 0],
  ]);
});
