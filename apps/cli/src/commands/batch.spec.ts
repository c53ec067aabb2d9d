import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeSafetensors } from '@tandem/checkpoint';
import { dealMicroBatches } from '@tandem/core';
import { loadConfig } from '@tandem/core/config';
import { BatchStream, resolveDataset, sampleOrder } from '@tandem/dataset';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchCommand, encodeBatch } from './batch.js';

const root = mkdtempSync(join(tmpdir(), 'tandem-batch-'));
const configFile = join(root, 'run.yaml');
const named = process.env['TANDEM_CACHE'];

function idx(dimensions: readonly number[], valueAt: (index: number) => number): Buffer {
  const header = Buffer.alloc(4 + 4 * dimensions.length);
  header.writeUInt32BE(0x0800 + dimensions.length);
  dimensions.forEach((dimension, axis) => header.writeUInt32BE(dimension, 4 + 4 * axis));
  const size = dimensions.reduce((product, dimension) => product * dimension, 1);
  return Buffer.concat([header, Uint8Array.from({ length: size }, (_, index) => valueAt(index))]);
}

beforeAll(() => {
  process.env['TANDEM_CACHE'] = join(root, 'cache');
  mkdirSync(join(root, 'train'));
  writeFileSync(
    join(root, 'train/train-images-idx3-ubyte'),
    idx([23, 8, 8], (index) => (index * 7919) >>> 3),
  );
  writeFileSync(
    join(root, 'train/train-labels-idx1-ubyte'),
    idx([23], (index) => index % 4),
  );
  writeFileSync(
    configFile,
    'model: { name: small, inputSize: 8 }\ndata: { format: idx, train: train }\ntraining: { globalBatch: 9, epochs: 2, seed: 3 }\n',
  );
});
afterAll(() => {
  if (named === undefined) delete process.env['TANDEM_CACHE'];
  else process.env['TANDEM_CACHE'] = named;
  rmSync(root, { recursive: true, force: true });
});

const encode = (step: number, overrides: readonly string[] = []) =>
  encodeBatch({ config: loadConfig(configFile, { overrides }), file: configFile, step });

describe('tandem batch', { timeout: 60_000 }, () => {
  it('writes the step’s samples: images, labels and indices', async () => {
    const { bytes, samples, epoch } = await encode(6);
    expect([samples, epoch]).toEqual([5, 2]);
    const tensors = decodeSafetensors(bytes);
    const tensor = (name: string) => tensors.find((each) => each.name === name)!;
    expect(tensor('images')).toMatchObject({ dtype: 'F32', shape: [5, 8, 8, 1] });
    const expected = sampleOrder(3, 2, 23).slice(18);
    expect([...tensor('indices').data].map(Number)).toEqual([...expected]);
    expect([...tensor('labels').data].map(Number)).toEqual([...expected].map((index) => index % 4));
  });

  it('writes the same bytes whatever the number of micro-batches, and what the ranks are given', async () => {
    const one = await encode(2);
    expect(Buffer.compare((await encode(2, ['training.microBatches=4'])).bytes, one.bytes)).toBe(0);
    const { train, plan, mean } = await resolveDataset(loadConfig(configFile), configFile);
    const images: number[] = [];
    for (let rank = 0; rank < 3; rank++) {
      const schedule = { samples: 23, globalBatch: 9, microBatches: 4, seed: 3 };
      const deal = dealMicroBatches(4, 3, rank);
      const options = { source: train, plan, mean, schedule, deal, startStep: 2, endStep: 2, prefetch: 1 };
      const stream = await BatchStream.open(options);
      images.push(...(await stream.next()).images);
      await stream.close();
    }
    const written = decodeSafetensors(one.bytes).find(({ name }) => name === 'images')!;
    expect([...written.data]).toEqual(images);
  });

  it('refuses a step after the end', async () => {
    await expect(encode(7)).rejects.toMatchObject({ code: 'TANDEM_DATA_STEP', exitCode: 2 });
    await expect(encode(7)).rejects.toThrow('Expected at most 6: 2 epochs of 23 samples, 9 a step');
  });

  it('writes a file, whole or not at all', async () => {
    const out = join(root, 'made/batch.safetensors');
    const parse = (...more: string[]) =>
      batchCommand()
        .exitOverride()
        .parseAsync(['--config', configFile, '--step', '1', ...more], { from: 'user' });
    await parse('--out', out);
    expect(Buffer.compare(readFileSync(out), (await encode(1)).bytes)).toBe(0);
    expect(readdirSync(join(root, 'made'))).toEqual(['batch.safetensors']);
    await parse('--out', out, '--set', 'augment.enabled=false');
    expect(Buffer.compare(readFileSync(out), (await encode(1, ['augment.enabled=false'])).bytes)).toBe(0);
    await expect(parse('--out', join(out, 'below'))).rejects.toMatchObject({ code: 'TANDEM_OUT_NOT_WRITABLE' });
  });
});
