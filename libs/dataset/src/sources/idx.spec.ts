import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ConfigurationError } from '@tandem/core';
import { describe, expect, it } from 'vitest';
import { idx, pattern, temporaryFolder, writeIdxSet, writeTo } from '../testing/fixtures.js';
import { IdxSource } from './idx.js';

const root = temporaryFolder();
const images = idx([2, 2, 3], Uint8Array.from([0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 255]));
const labels = idx([2], Uint8Array.from([3, 0]));

function folder(name: string, files: Readonly<Record<string, Uint8Array>>): string {
  for (const [file, data] of Object.entries(files)) writeTo(join(root, name, file), data);
  return join(root, name);
}

describe('an IDX set', () => {
  it.each([
    ['plain', { 'train-images-idx3-ubyte': images, 'train-labels-idx1-ubyte': labels }],
    ['zipped', { 't10k-images-idx3-ubyte.gz': gzipSync(images), 't10k-labels-idx1-ubyte.gz': gzipSync(labels) }],
    ['dotted', { 'train-images.idx3-ubyte': images, 'train-labels.idx1-ubyte': labels }],
    [
      'both',
      {
        'train-images-idx3-ubyte': images,
        'train-images-idx3-ubyte.gz': gzipSync(images),
        'train-labels-idx1-ubyte': labels,
      },
    ],
  ])('is read: %s', async (name, files) => {
    const source = await IdxSource.open(folder(name, files));
    expect(source).toMatchObject({ length: 2, channels: 1, classes: ['0', '1', '2', '3'] });
    expect([source.label(0), source.label(1)]).toEqual([3, 0]);
    const image = await source.read(1);
    expect(image).toMatchObject({ width: 3, height: 2, channels: 1 });
    expect([...image.data]).toEqual([10, 11, 12, 13, 14, 255]);
    expect(source.nameOf(1)).toMatch(/images[-.]idx3-ubyte(\.gz)?\[1\]$/);
  });

  it('is found by the beginning of its files’ names', async () => {
    const path = folder('prefixed', {
      'train-images-idx3-ubyte': images,
      'train-labels-idx1-ubyte': labels,
      't10k-images-idx3-ubyte': idx([1, 1, 1], Uint8Array.from([9])),
      't10k-labels-idx1-ubyte': idx([1], Uint8Array.from([0])),
    });
    expect(await IdxSource.open(join(path, 't10k'))).toMatchObject({ length: 1 });
    expect(await IdxSource.open(join(path, 'train'))).toMatchObject({ length: 2 });
  });

  it('is resized on request, one channel kept', async () => {
    const source = await IdxSource.open(writeIdxSet(join(root, 'resized'), 3, 4));
    expect(await source.read(2, { shorterSide: 8 })).toMatchObject({ width: 8, height: 8, channels: 1 });
  });
});

describe('what cannot be used', () => {
  const good = { 'train-images-idx3-ubyte': images, 'train-labels-idx1-ubyte': labels };
  it.each([
    [
      'magic-images',
      { ...good, 'train-images-idx3-ubyte': labels },
      'TANDEM_DATA_IDX_MAGIC',
      'begins with 0x00000801. Expected an IDX file of images',
    ],
    [
      'magic-labels',
      { ...good, 'train-labels-idx1-ubyte': images },
      'TANDEM_DATA_IDX_MAGIC',
      'Expected an IDX file of labels (magic 0x00000801)',
    ],
    [
      'text',
      { ...good, 'train-labels-idx1-ubyte': Buffer.from('hi') },
      'TANDEM_DATA_IDX_MAGIC',
      'begins with only 2 bytes',
    ],
    [
      'short',
      { ...good, 'train-images-idx3-ubyte': images.subarray(0, 27) },
      'TANDEM_DATA_IDX_SIZE',
      'has 27 bytes, but its header says 2 × 2 × 3. Expected 28 bytes',
    ],
    [
      'long',
      { ...good, 'train-labels-idx1-ubyte': Buffer.concat([labels, labels]) },
      'TANDEM_DATA_IDX_SIZE',
      'has 20 bytes',
    ],
    [
      'cut-zip',
      { ...good, 'train-images-idx3-ubyte': gzipSync(images).subarray(0, 25) },
      'TANDEM_DATA_IDX_SIZE',
      'cannot be unpacked',
    ],
    [
      'counts',
      { ...good, 'train-labels-idx1-ubyte': idx([3], Uint8Array.from([0, 1, 2])) },
      'TANDEM_DATA_IDX_COUNTS',
      'there are 2 images but 3 labels',
    ],
    [
      'empty',
      {
        ...good,
        'train-images-idx3-ubyte': idx([0, 2, 3], pattern(0)),
        'train-labels-idx1-ubyte': idx([0], pattern(0)),
      },
      'TANDEM_DATA_IDX_SIZE',
      'no empty dimension',
    ],
    ['no-labels', { 'train-images-idx3-ubyte': images }, 'TANDEM_DATA_IDX_FILES', 'there is no labels file'],
    [
      'two-sets',
      { ...good, 't10k-images-idx3-ubyte': images },
      'TANDEM_DATA_IDX_FILES',
      'there are 2 images files: t10k-images-idx3-ubyte, train-images-idx3-ubyte',
    ],
  ])('is named: %s', async (name, files, code, message) => {
    const error = await IdxSource.open(folder(`bad/${name}`, files)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ code });
    expect((error as Error).message).toContain(message);
    expect((error as ConfigurationError).where).toContain(join('bad', name));
  });

  it('is a missing folder', async () => {
    await expect(IdxSource.open(join(root, 'absent/train'))).rejects.toMatchObject({
      code: 'TANDEM_DATA_MISSING',
      where: join(root, 'absent/train'),
    });
  });
});
