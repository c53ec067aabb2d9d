import { existsSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, RunError } from '@tandem/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type CheckpointContent,
  decodeSafetensors,
  listCheckpoints,
  newestCheckpoint,
  readCheckpoint,
  readManifest,
  readWeights,
  removeLeftovers,
  retainCheckpoints,
  setAside,
  writeCheckpoint,
} from './index.js';

const parameters = [
  { name: 'fc6/kernel', shape: [2, 3] },
  { name: 'conv1/bias', shape: [2] },
];
const content = (step: number): CheckpointContent => ({
  step,
  epoch: 1,
  seed: 7,
  config: { training: { seed: 7 } },
  tandemVersion: '0.1.0',
  tensorflowVersion: '2.21.0',
  classes: ['defective', 'functional'],
  parameters,
  weights: Float32Array.from({ length: 8 }, (_, index) => step + index / 8),
  momenta: Float32Array.from({ length: 8 }, (_, index) => -index),
});

let run: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'tandem-checkpoint-'));
});
afterEach(() => rm(run, { recursive: true, force: true }));

const steps = async () => (await listCheckpoints(run)).map(({ step }) => step);

describe('writeCheckpoint', () => {
  it('writes the two files and the manifest, and reads the same state back', async () => {
    const directory = await writeCheckpoint(run, content(120));
    expect(directory).toBe(join(run, 'checkpoints', 'step-00000120'));
    expect((await readdir(directory)).sort()).toEqual(['manifest.json', 'model.safetensors', 'optimizer.safetensors']);
    const { manifest, state, weights, momenta } = await readCheckpoint(directory, parameters);
    expect(manifest).toMatchObject({
      step: 120,
      epoch: 1,
      seed: 7,
      tandem: '0.1.0',
      config: { training: { seed: 7 } },
    });
    expect(weights).toEqual(content(120).weights);
    expect(momenta).toEqual(content(120).momenta);
    expect([...state]).toEqual([...weights, ...momenta]);
    expect(await readWeights(directory, parameters)).toEqual(weights);
    await expect(readWeights(directory, parameters.slice(1))).rejects.toMatchObject({
      code: 'TANDEM_CHECKPOINT_MISMATCH',
    });
    const model = decodeSafetensors(await readFile(join(directory, 'model.safetensors')));
    expect(model.map(({ name }) => name)).toEqual(['fc6/kernel', 'conv1/bias']);
  });

  it('says which data set it was trained on', async () => {
    const directory = await writeCheckpoint(run, { ...content(3), datasetDigest: 'd1' });
    expect((await readManifest(directory)).datasetDigest).toBe('d1');
  });

  it('replaces a checkpoint of the same step', async () => {
    await writeCheckpoint(run, { ...content(5), epoch: 0 });
    const directory = await writeCheckpoint(run, content(5));
    expect((await readCheckpoint(directory)).manifest.epoch).toBe(1);
    expect(await readdir(join(run, 'checkpoints'))).toEqual(['step-00000005']);
  });

  it('names the folder when it cannot be written and leaves nothing', async () => {
    await writeFile(join(run, 'checkpoints'), 'a file where the folder should be');
    const writing = writeCheckpoint(run, content(5));
    await expect(writing).rejects.toThrow(RunError);
    await expect(writing).rejects.toThrow(/step-00000005: the checkpoint could not be written/);
  });
});

describe('retainCheckpoints', () => {
  it('keeps step 0, the newest and the best, and leaves nothing of the others', async () => {
    for (const step of [0, 10, 20, 30]) await writeCheckpoint(run, content(step));
    await retainCheckpoints(run, { keep: 1, keepBest: 1, errors: new Map([[10, 0.1], [20, 0.2]]) }); // prettier-ignore
    expect(await steps()).toEqual([0, 10, 30]);
    expect(await readdir(join(run, 'checkpoints'))).toHaveLength(3);
  });
});

describe('removeLeftovers', () => {
  it('clears a killed write and undoes a killed replacement', async () => {
    await writeCheckpoint(run, content(5));
    const checkpoints = join(run, 'checkpoints');
    await rename(join(checkpoints, 'step-00000005'), join(checkpoints, '.replaced-step-00000005'));
    await mkdir(join(checkpoints, '.writing-step-00000005'));
    await mkdir(join(checkpoints, '.removing-step-00000004'));
    expect(await steps()).toEqual([]);
    await removeLeftovers(run);
    expect(await readdir(checkpoints)).toEqual(['step-00000005']);
  });

  it('does nothing where there is no run', async () => {
    await removeLeftovers(run);
    expect(existsSync(join(run, 'checkpoints'))).toBe(false);
  });
});

describe('setAside', () => {
  it('keeps a broken checkpoint out of the list', async () => {
    const directory = await writeCheckpoint(run, content(5));
    expect(await setAside(directory)).toBe(`${directory}.broken`);
    expect(await steps()).toEqual([]);
    expect(await readdir(join(run, 'checkpoints'))).toEqual(['step-00000005.broken']);
  });
});

describe('newestCheckpoint', () => {
  it('passes over broken ones by name and offers the newest whole one', async () => {
    for (const step of [0, 10, 20]) await writeCheckpoint(run, content(step));
    const name = (step: number, file: string) => join(run, 'checkpoints', `step-000000${step}`, file);
    const bytes = await readFile(name(20, 'optimizer.safetensors'));
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(name(20, 'optimizer.safetensors'), bytes);
    await appendFile(name(10, 'model.safetensors'), 'x');
    const newest = await newestCheckpoint(run);
    expect(newest.checkpoint?.step).toBe(0);
    expect(newest.broken.map(({ step }) => step)).toEqual([20, 10]);
    expect(newest.broken[0]?.reason).toMatch(/step-00000020.optimizer\.safetensors: the file's SHA-256 is/);
    expect(newest.broken[1]?.reason).toMatch(/step-00000010.model\.safetensors: the file has \d+ bytes/);
  });

  it('has none in a new folder', async () => {
    expect(await newestCheckpoint(run)).toEqual({ checkpoint: undefined, broken: [] });
  });
});

describe('readCheckpoint', () => {
  it.each([
    ['a missing parameter', [...parameters, { name: 'fc8/bias', shape: [2] }], /there is no parameter fc8\/bias/],
    [
      'another shape',
      [{ name: 'fc6/kernel', shape: [3, 2] }, parameters[1]!],
      /fc6\/kernel has shape \[2, 3\]. Expected \[3, 2\]/,
    ],
    ['one too many', [parameters[0]!], /a parameter conv1\/bias that the network lacks/],
  ])('refuses %s', async (_, wanted, message) => {
    const directory = await writeCheckpoint(run, content(1));
    const reading = readCheckpoint(directory, wanted);
    await expect(reading).rejects.toThrow(ConfigurationError);
    await expect(reading).rejects.toThrow(message);
  });

  it('gives the state in the order asked for', async () => {
    const directory = await writeCheckpoint(run, content(0));
    const { weights } = await readCheckpoint(directory, parameters.toReversed());
    expect([...weights]).toEqual([0.75, 0.875, 0, 0.125, 0.25, 0.375, 0.5, 0.625]);
  });

  it('refuses a folder that is not a checkpoint', async () => {
    await expect(readCheckpoint(run)).rejects.toThrow(/manifest\.json: the manifest cannot be read/);
  });
});
