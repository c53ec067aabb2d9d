import fs from 'node:fs';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newestCheckpoint, readCheckpoint, readWeights, verifyCheckpoint, writeCheckpoint } from './index.js';

const parameters = [
  { name: 'fc6/kernel', shape: [3, 5] },
  { name: 'fc6/bias', shape: [5] },
];
const content = (step: number) => ({
  ...{ step, epoch: 1, seed: 7, config: { training: { seed: 7 } }, tandemVersion: '0', tensorflowVersion: '0' },
  ...{ classes: ['a', 'b'], channelMeans: [120.5], datasetDigest: 'd1', parameters },
  weights: Float32Array.from({ length: 20 }, (_, index) => step + index / 8),
  momenta: Float32Array.from({ length: 20 }, (_, index) => -index),
});

let run: string;
let directory: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'tandem-corruption-'));
  await writeCheckpoint(run, content(0));
  directory = await writeCheckpoint(run, content(10));
});
afterEach(() => rm(run, { recursive: true, force: true }));

/** The checkpoint is refused by name, and the one before it offered. */
async function expectRefused(name: string, what: string): Promise<void> {
  const broken = { code: 'TANDEM_CHECKPOINT_BROKEN', exitCode: 2, where: join(directory, name) };
  await expect(verifyCheckpoint(directory), what).rejects.toMatchObject(broken);
  await expect(readCheckpoint(directory), what).rejects.toMatchObject(broken);
}

async function expectOffered(name: string): Promise<void> {
  const { checkpoint, broken } = await newestCheckpoint(run);
  expect(checkpoint?.step).toBe(0);
  expect(broken).toHaveLength(1);
  expect(broken[0]!.reason).toContain(join(directory, name));
}

const files = ['model.safetensors', 'optimizer.safetensors', 'manifest.json'];

describe.each(files)('%s', (name) => {
  it('is refused with any byte changed, whether of its header, its data or its end', async () => {
    const file = join(directory, name);
    const whole = await readFile(file);
    for (let at = 0; at < whole.byteLength; at++) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 1 << (at % 8);
      await writeFile(file, changed);
      await expectRefused(name, `byte ${at} of ${whole.byteLength}`);
    }
    await expectOffered(name);
    await writeFile(file, whole);
    expect((await newestCheckpoint(run)).checkpoint?.step).toBe(10);
  });

  it('is refused cut anywhere, emptied or made longer', async () => {
    const file = join(directory, name);
    const whole = await readFile(file);
    for (let length = whole.byteLength - 1; length >= 0; length -= length > 16 ? 7 : 1) {
      await truncate(file, length);
      await expectRefused(name, `cut to ${length}`);
    }
    await writeFile(file, Buffer.concat([whole, Buffer.from(' ')]));
    await expectRefused(name, 'a byte more');
    await expectOffered(name);
  });

  it('is refused where it is missing', async () => {
    await rm(join(directory, name));
    await expectRefused(name, 'missing');
    await expectOffered(name);
  });

  it('is refused where it is another checkpoint’s', async () => {
    await writeFile(join(directory, name), await readFile(join(run, 'checkpoints', 'step-00000000', name)));
    const momentaAreAlike = name === 'optimizer.safetensors';
    if (momentaAreAlike) expect((await newestCheckpoint(run)).checkpoint?.step).toBe(10);
    else await expectOffered(name);
  });
});

it('reads weights alone without the optimizer’s file', async () => {
  await rm(join(directory, 'optimizer.safetensors'));
  expect([...(await readWeights(directory, parameters))]).toEqual([...content(10).weights]);
});

it('reads manifests of the first format, which have no checksum of their own', async () => {
  const file = join(directory, 'manifest.json');
  const text = await readFile(file, 'utf8');
  const old = text.replace('checkpoint/2', 'checkpoint/1').replace(/,\n {2}"sha256": "[0-9a-f]{64}"\n\}\n$/, '\n}\n');
  await writeFile(file, old);
  expect((await readCheckpoint(directory)).manifest.step).toBe(10);
  await writeFile(file, old.replace('checkpoint/1', 'checkpoint/2'));
  await expect(readCheckpoint(directory)).rejects.toThrow(/manifest\.json: the manifest does not end with its SHA-256/);
});

it('does not pass over a checkpoint that this process may not read', async () => {
  const read = fs.promises.readFile;
  const refuse = () => Promise.reject(Object.assign(new Error('EACCES: no'), { code: 'EACCES' }));
  fs.promises.readFile = refuse as unknown as typeof read;
  syncBuiltinESMExports();
  try {
    await expect(newestCheckpoint(run)).rejects.toMatchObject({
      code: 'TANDEM_CHECKPOINT_BROKEN',
      where: join(directory, 'manifest.json'),
      cause: { code: 'EACCES' },
    });
  } finally {
    fs.promises.readFile = read;
    syncBuiltinESMExports();
  }
});
