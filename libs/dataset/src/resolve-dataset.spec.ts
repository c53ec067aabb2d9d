import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '@tandem/core/config';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeDataset } from './describe-dataset.js';
import { resolveDataset } from './resolve-dataset.js';
import { idx, pattern, png, temporaryFolder, writeIdxSet, writeImageFolder, writeTo } from './testing/fixtures.js';
import { tarOf } from './testing/tar-fixtures.js';

const root = temporaryFolder();
const configure = (data: string) => parseConfig(`{ model: { name: small }, data: ${data} }`);
const configFile = join(root, 'run.yaml');

let cache: string | undefined;
beforeEach(() => {
  cache = process.env['TANDEM_CACHE'];
  process.env['TANDEM_CACHE'] = join(root, 'cache');
});
afterEach(() => {
  if (cache === undefined) delete process.env['TANDEM_CACHE'];
  else process.env['TANDEM_CACHE'] = cache;
});

beforeAll(async () => {
  writeIdxSet(join(root, 'digits/train'), 9, 28);
  writeTo(join(root, 'digits/eval/t10k-images-idx3-ubyte'), idx([1, 28, 28], new Uint8Array(784)));
  writeTo(join(root, 'digits/eval/t10k-labels-idx1-ubyte'), idx([1], Uint8Array.of(1)));
  await writeImageFolder(join(root, 'photos/train'), ['a', 'b'], 2, 40);
  await writeImageFolder(join(root, 'photos/eval'), ['a', 'b'], 1, 40);
  await writeImageFolder(join(root, 'photos/other'), ['a', 'c'], 1, 40);
  mkdirSync(join(root, 'cache'));
});

describe('resolveDataset', () => {
  it('settles an IDX set beside the configuration file', async () => {
    const found = await resolveDataset(
      configure('{ format: idx, train: digits/train, eval: digits/eval }'),
      configFile,
    );
    expect(found).toMatchObject({ inputSize: 28, channels: 1, classes: 3, plan: { resize: undefined, pad: 2 } });
    expect(found.train.path).toBe(join(root, 'digits/train'));
    expect(found.eval).toMatchObject({ length: 1 });
    expect(found.mean[0]).toBeGreaterThan(100);
    expect(describeDataset(found)).toBe(
      `training ${found.train.digest}, evaluation ${found.eval!.digest}, means ${found.mean[0]}`,
    );
  });

  it('finds a pattern of shards beside the configuration file', async () => {
    for (const set of ['train', 'eval'])
      writeTo(
        join(root, `shards/${set}-0.tar`),
        tarOf([
          { name: 'a.png', data: await png(40, 40, 3, pattern(4800)) },
          { name: 'a.cls', data: set === 'train' ? '3' : '1' },
        ]),
      );
    const found = await resolveDataset(
      configure("{ format: webdataset, train: 'shards/train-{0..0}.tar', eval: 'shards/eval-*.tar' }"),
      configFile,
    );
    expect(found).toMatchObject({ channels: 3, classes: 4, plan: { resize: 32 }, eval: { length: 1 } });
    expect(found.train.path).toBe(join(root, 'shards/train-{0..0}.tar'));
  });

  it('settles an image folder, with means and classes that are given', async () => {
    const config = parseConfig(
      '{ model: { name: small, classes: 5 }, data: { format: image-folder, train: photos/train, mean: [1, 2, 3] } }',
    );
    const found = await resolveDataset(config, configFile);
    expect(found).toMatchObject({ channels: 3, classes: 5, mean: [1, 2, 3], eval: undefined, plan: { resize: 32 } });
  });

  it.each([
    [
      '{ format: image-folder, train: photos/train, eval: photos/other }',
      'TANDEM_DATA_CLASSES',
      'class 1 is "c" here and "b" in the training set',
    ],
    [
      '{ format: idx, train: digits/eval, eval: digits/train }',
      'TANDEM_DATA_CLASSES',
      'class 2 is "2" here and missing in the training set',
    ],
    [
      '{ format: image-folder, train: photos/train, mean: [1] }',
      'TANDEM_DATA_MEAN',
      'data.mean has 1 values and the images 3 channels',
    ],
    ['{ format: image-folder, train: photos/absent }', 'TANDEM_DATA_MISSING', 'does not exist'],
  ])('refuses %s', async (data, code, message) => {
    const error = await resolveDataset(configure(data), configFile).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, exitCode: 2 });
    expect((error as Error).message).toContain(message);
  });

  it('refuses fewer outputs than classes', async () => {
    const config = parseConfig('{ model: { name: small, classes: 2 }, data: { format: idx, train: digits/train } }');
    await expect(resolveDataset(config, configFile)).rejects.toMatchObject({ code: 'TANDEM_DATA_CLASSES' });
  });
});

describe('augment.colourJitter', () => {
  const resolve = (model: string, data: string, augment: string) =>
    resolveDataset(
      parseConfig(`{ model: { name: ${model}, inputSize: 28 }, data: ${data}, augment: ${augment} }`),
      configFile,
    );
  const photos = '{ format: image-folder, train: photos/train }';
  const digits = '{ format: idx, train: digits/train }';

  it.each([
    ['left out', 'alexnet', photos, '{}'],
    ['auto for another network', 'small', photos, '{ colourJitter: auto }'],
    ['auto for one channel', 'alexnet', digits, '{ colourJitter: auto }'],
    ['wanted, without augmentation', 'alexnet', photos, '{ colourJitter: { source: train }, enabled: false }'],
  ])('is none when %s', async (_, model, data, augment) => {
    expect((await resolve(model, data, augment)).plan.colourAxes).toBeUndefined();
  });

  it('takes the training set’s eigenpairs or ImageNet’s, and is part of what workers agree on', async () => {
    const auto = await resolve('alexnet', photos, '{ colourJitter: auto }');
    const train = await resolve('small', photos, '{ colourJitter: { deviation: 0.2 } }');
    const [first] = auto.plan.colourAxes!;
    expect(Math.hypot(...first!)).toBeGreaterThan(0.1);
    expect(train.plan.colourAxes![0]![0]! / first![0]!).toBeCloseTo(2, 12);
    const imagenet = await resolve('alexnet', photos, '{ colourJitter: { source: imagenet } }');
    expect(imagenet.plan.colourAxes![0]![0]).toBeCloseTo(255 * 0.1 * 0.2175 * -0.5675, 10);
    expect(new Set([auto, train, imagenet].map(describeDataset)).size).toBe(3);
  });

  it('refuses one channel where it is asked for', async () => {
    await expect(resolve('alexnet', digits, '{ colourJitter: { source: train } }')).rejects.toMatchObject({
      code: 'TANDEM_CONFIG_VALUE',
      context: { key: 'augment.colourJitter' },
    });
  });
});
