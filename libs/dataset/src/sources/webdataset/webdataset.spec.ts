import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { jpeg, pattern, png, temporaryFolder, writeTo } from '../../testing/fixtures.js';
import { tarOf, type TarEntry } from '../../testing/tar-fixtures.js';
import { openImageSource } from '../open-image-source.js';
import { findShards, shardsAreAt } from './find-shards.js';

const root = temporaryFolder();
const folder = join(root, 'set');
const open = (path: string) => openImageSource('webdataset', path);
beforeEach(() => {
  vi.stubEnv('TANDEM_CACHE', join(root, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

beforeAll(async () => {
  const image = await png(3, 2, 3, pattern(18, 1));
  writeTo(
    join(folder, 'shard-000000.tar'),
    tarOf([
      { name: 'x/000.png', data: image },
      { name: 'x/000.cls', data: '2\n' },
      { name: 'x/001.JPG', data: await jpeg(5, 4, 2) },
      { name: 'x/001.json', data: '{"label": 0, "caption": "a"}' },
      { name: 'x/001.txt', data: 'a' },
      { name: 'x/._001.jpg', data: 'resource fork' },
      { name: 'meta.json', data: '{"shards": 2}' },
    ]),
  );
  writeTo(
    join(folder, 'shard-000001.tar'),
    tarOf([
      // The label first, and a json beside a cls that knows no label.
      { name: '000.cls', data: '1' },
      { name: '000.json', data: '{"width": 4}' },
      { name: '000.jpeg', data: await jpeg(4, 4, 3) },
    ]),
  );
  writeTo(join(folder, 'README.md'), 'no shard');
});

describe('a set of tar shards', () => {
  it('has the samples of its shards in order, an image and a label for each', async () => {
    const source = await open(folder);
    expect(source).toMatchObject({ length: 3, channels: 3, classes: ['0', '1', '2'], ignoredFiles: 3 });
    expect([0, 1, 2].map((index) => source.label(index))).toEqual([2, 0, 1]);
    expect([0, 1, 2].map((index) => source.nameOf(index))).toEqual([
      `${folder}/shard-000000.tar[x/000.png]`,
      `${folder}/shard-000000.tar[x/001.JPG]`,
      `${folder}/shard-000001.tar[000.jpeg]`,
    ]);
    const first = await source.read(0);
    expect(first).toMatchObject({ width: 3, height: 2 });
    expect([...first.data]).toEqual([...pattern(18, 1)]);
    expect(await source.read(1, { shorterSide: 8 })).toMatchObject({ width: 10, height: 8 });
    expect(await source.read(2)).toMatchObject({ width: 4, height: 4 });
  });

  it('has a digest of its names and labels and a fingerprint of its files, and an index that is made once', async () => {
    const source = await open(folder);
    const again = await open(join(folder, 'shard-{000000..000001}.tar'));
    expect(again.digest).toBe(source.digest);
    expect(await again.fingerprint()).toBe(await source.fingerprint());
    expect((await open(join(folder, 'shard-000000.tar'))).digest).not.toBe(source.digest);
  });

  it('names a sample that cannot be decoded', async () => {
    const shard = writeTo(
      join(root, 'broken.tar'),
      tarOf([
        { name: 'a.jpg', data: 'none' },
        { name: 'a.cls', data: '0' },
      ]),
    );
    await expect((await open(shard)).read(0)).rejects.toMatchObject({
      code: 'TANDEM_DATA_IMAGE',
      where: `${shard}[a.jpg]`,
    });
  });

  it('names a shard that has gone since', async () => {
    const shard = writeTo(
      join(root, 'gone.tar'),
      tarOf([
        { name: 'a.jpg', data: 'x' },
        { name: 'a.cls', data: '0' },
      ]),
    );
    const source = await open(shard);
    rmSync(shard);
    await expect(source.read(0)).rejects.toMatchObject({ code: 'TANDEM_DATA_UNREADABLE', where: shard });
  });

  const label = (text: string): TarEntry[] => [
    { name: 'a.jpg', data: 'x' },
    { name: 'a.cls', data: text },
  ];
  it.each<[string, TarEntry[], RegExp]>([
    ['an image without a label', [{ name: 'd/a.jpg', data: 'x' }], /sample d\/a has an image and no label/],
    ['a label without an image', [...label('0'), { name: 'b.cls', data: '0' }], /sample b has a label and no image/],
    ['two images of a key', [...label('0'), { name: 'a.png', data: 'x' }], /sample a has more than one image/],
    ['a label that is no number', label('cat'), /sample a has "cat" in its cls, not a whole number from 0/],
    ['a negative label', label('-1'), /sample a has "-1" in its cls/],
    ['an empty label', label(''), /sample a has "" in its cls/],
    [
      'a json without a label',
      [{ name: 'a.jpg' }, { name: 'a.json', data: '{"x":1}' }],
      /the label missing in its json/,
    ],
    [
      'a json with a name',
      [{ name: 'a.jpg' }, { name: 'a.json', data: '{"label":"cat"}' }],
      /the label "cat" in its json/,
    ],
    ['a json that is none', [{ name: 'a.jpg' }, { name: 'a.json', data: '{' }], /sample a has a json that is none/],
    ['no samples', [{ name: 'notes.txt', data: 'x' }], /the shard has no samples among its 1 members/],
  ])('refuses a shard with %s', async (name, entries, message) => {
    const shard = writeTo(join(root, `${name}.tar`), tarOf(entries));
    const error = await open(shard).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TANDEM_DATA_SHARD', where: shard, exitCode: 2 });
    expect((error as Error).message).toMatch(message);
  });
});

describe('findShards', () => {
  const names = (path: string) => findShards(path).map((shard) => shard.slice(folder.length + 1));
  it.each([
    folder,
    join(folder, '*.tar'),
    join(folder, 'shard-00000?.tar'),
    join(folder, 'shard-{000000..000001}.tar'),
    join(folder, '{shard-000001,shard-00000[0-9]}.tar'),
  ])('finds %s', (path) => {
    expect(names(path)).toEqual(['shard-000000.tar', 'shard-000001.tar']);
    expect(shardsAreAt(path)).toBe(true);
  });

  it.each([
    [join(folder, 'shard-{000000..000002}.tar'), /shard-000002\.tar does not exist/],
    [join(folder, 'other-*.tar'), /there are no shards/],
    [join(root, 'absent.tar'), /absent\.tar: it does not exist/],
    [join(root, 'absent/*.tar'), /there are no shards/],
  ])('refuses %s', (path, message) => {
    expect(() => findShards(path)).toThrow(message);
    expect(() => findShards(path)).toThrow(expect.objectContaining({ code: 'TANDEM_DATA_MISSING' }));
  });

  it('refuses a folder without shards', () => {
    mkdirSync(join(root, 'empty'));
    expect(() => findShards(join(root, 'empty'))).toThrow(/there are no shards\. Expected a folder of tar shards/);
    expect(shardsAreAt(join(root, 'absent/*.tar'))).toBe(false);
  });
});
