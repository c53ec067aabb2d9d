import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { jpeg, temporaryFolder, writeTo } from '../../testing/fixtures.js';
import { tarOf } from '../../testing/tar-fixtures.js';
import { openImageSource } from '../open-image-source.js';

const root = temporaryFolder();
const open = (path: string) => openImageSource('imagenet', path);
const TRUTH = 'ILSVRC2012_validation_ground_truth.txt';
const SYNSETS = 'ILSVRC2012_synsets.txt';
// The devkit's order is not that of the names.
const devkit = ['n02119789', 'n01440764', 'n03000134'];
const sorted = ['n01440764', 'n02119789', 'n03000134'];
const validationName = (index: number) => `ILSVRC2012_val_${String(index).padStart(8, '0')}.JPEG`;

beforeEach(() => {
  vi.stubEnv('TANDEM_CACHE', join(root, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** The training set three ways: folders, archives, and some of each. */
beforeAll(async () => {
  for (const [label, synset] of sorted.entries()) {
    const images = await Promise.all(
      [10, 9].map(async (number) => ({
        name: `${synset}_${number}.JPEG`,
        data: await jpeg(6 + label, 5, 10 * label + number),
      })),
    );
    for (const { name, data } of images) writeTo(join(root, 'folders', synset, name), data);
    writeTo(join(root, 'archives', `${synset}.tar`), tarOf(images));
    if (label === 0) writeTo(join(root, 'mixed', `${synset}.tar`), tarOf(images));
    else for (const { name, data } of images) writeTo(join(root, 'mixed', synset, name), data);
  }
  writeTo(join(root, 'folders/README'), 'no class');
});

describe('the training set of ILSVRC-2012', () => {
  it.each(['folders', 'archives', 'mixed'])('is the same from %s', async (name) => {
    const source = await open(join(root, name));
    const folders = await open(join(root, 'folders'));
    expect(source).toMatchObject({ length: 6, classes: sorted, channels: 3, digest: folders.digest });
    for (let index = 0; index < 6; index++) {
      expect(source.label(index)).toBe(index >> 1);
      expect(await source.read(index)).toEqual(await folders.read(index));
    }
    expect((await source.read(4)).width).toBe(8);
    expect(await source.fingerprint()).toMatch(/^[0-9a-f]{64}$/);
  });

  it('names its images', async () => {
    expect((await open(join(root, 'folders'))).nameOf(0)).toBe(join(root, 'folders/n01440764/n01440764_10.JPEG'));
    const archives = await open(join(root, 'archives'));
    expect(archives.nameOf(3)).toBe(`${join(root, 'archives/n02119789.tar')}[n02119789_9.JPEG]`);
    expect((await open(join(root, 'folders'))).ignoredFiles).toBe(1);
  });

  it('refuses a class twice, an empty one, and a broken archive, by name', async () => {
    const path = join(root, 'spoiled');
    writeTo(join(path, 'n01440764/a.JPEG'), 'x');
    writeTo(join(path, 'n01440764.tar'), tarOf([{ name: 'a.JPEG', data: 'x' }]));
    await expect(open(path)).rejects.toThrow(/n01440764 is there as a folder and as n01440764\.tar/);
    rmSync(join(path, 'n01440764'), { recursive: true });
    writeTo(join(path, 'n01440765.tar'), tarOf([{ name: 'notes.txt', data: 'x' }]));
    await expect(open(path)).rejects.toMatchObject({
      code: 'TANDEM_DATA_EMPTY_CLASS',
      where: join(path, 'n01440765.tar'),
    });
    writeTo(join(path, 'n01440765.tar'), tarOf([{ name: 'a.JPEG' }, { name: 'a.JPEG' }]));
    await expect(open(path)).rejects.toThrow(/n01440765\.tar: it has a\.JPEG twice/);
    writeTo(join(path, 'n01440765.tar'), 'cut');
    await expect(open(path)).rejects.toMatchObject({ code: 'TANDEM_DATA_TAR', where: join(path, 'n01440765.tar') });
  });
});

describe('the validation set of ILSVRC-2012', () => {
  const path = join(root, 'val');
  const lists = { [TRUTH]: '3\n1\n2\n1\n', [SYNSETS]: 'n02119789 kit fox\r\nn01440764\nn03000134 fence\n' };
  beforeEach(async () => {
    rmSync(path, { recursive: true, force: true });
    for (const index of [1, 2, 3, 4]) writeTo(join(path, validationName(index)), await jpeg(4 + index, 4, index));
    for (const [name, text] of Object.entries(lists)) writeTo(join(path, name), text);
  });

  it('has the labels of the ground truth, read through the devkit’s order', async () => {
    const source = await open(path);
    expect(source).toMatchObject({ length: 4, classes: sorted, ignoredFiles: 2 });
    expect([0, 1, 2, 3].map((index) => source.classes[source.label(index)])).toEqual(
      [3, 1, 2, 1].map((id) => devkit[id - 1]),
    );
    expect(source.nameOf(2)).toBe(join(path, validationName(3)));
    expect((await source.read(2)).width).toBe(7);
  });

  it('finds the lists beside its folder, too', async () => {
    const { digest } = await open(path);
    for (const name of [TRUTH, SYNSETS]) renameSync(join(path, name), join(root, name));
    expect((await open(path)).digest).toBe(digest);
    for (const name of [TRUTH, SYNSETS]) rmSync(join(root, name));
  });

  it.each([TRUTH, SYNSETS, validationName(2)])('names %s where it is missing', async (name) => {
    rmSync(join(path, name));
    const error = await open(path).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'TANDEM_DATA_IMAGENET_FILES',
      where: path,
      context: { file: name },
      exitCode: 2,
    });
  });

  const thousand = Array.from({ length: 1000 }, (_, index) => `n0${1_000_000 + index}`).join('\n');
  it.each([
    [TRUTH, '3\n1\n2\n4\n', /line 4 is "4"\. Expected a class id from 1 to 3/],
    [TRUTH, '3\n0\n2\n1\n', /line 2 is "0"/],
    [TRUTH, '3\n\n2\n1\n', /line 2 is ""/],
    [TRUTH, '3\n1\n2\n', /has 3 lines, none for ILSVRC2012_val_00000004\.JPEG/],
    [SYNSETS, 'kit fox\n', /line 1 is "kit fox"\. Expected a synset/],
    [SYNSETS, 'n02119789\nn01440764\nn02119789\n', /n02119789 is there twice/],
    [SYNSETS, thousand, /in the order of their names\. Expected the devkit’s order/],
  ])('refuses lists that cannot be right: %s', async (name, text, message) => {
    writeFileSync(join(path, name), text);
    const error = await open(path).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TANDEM_DATA_IMAGENET_LABELS', exitCode: 2 });
    expect((error as Error).message).toMatch(message);
  });
});

describe('what is neither', () => {
  it('is refused, saying what is expected', async () => {
    const path = join(root, 'neither');
    writeTo(join(path, 'cat/1.jpg'), 'x');
    await expect(open(path)).rejects.toThrow(/holds neither set of ILSVRC-2012\. Expected the training set/);
    writeTo(join(path, 'ILSVRC2012_img_train.tar'), readFileSync(join(root, 'archives/n01440764.tar')));
    await expect(open(path)).rejects.toThrow(/ILSVRC2012_img_train\.tar is not unpacked/);
    await expect(open(join(root, 'absent'))).rejects.toMatchObject({ code: 'TANDEM_DATA_MISSING' });
  });
});
