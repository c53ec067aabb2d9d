import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '@tandem/core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { jpeg, pattern, png, temporaryFolder, writeTo } from '../testing/fixtures.js';
import { ImageFolderSource } from './image-folder.js';

const root = temporaryFolder();
const fails = async (promise: Promise<unknown>): Promise<ConfigurationError> => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  return error as ConfigurationError;
};

/** The most that any value differs. */
const furthest = (a: Uint8Array, b: Uint8Array): number => {
  expect(a).toHaveLength(b.length);
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0);
};

describe('an image folder', () => {
  const folder = join(root, 'set');
  beforeAll(async () => {
    const image = await png(2, 1, 3, Uint8Array.from([1, 2, 3, 4, 5, 6]));
    // U+FF5E sorts before U+1F431 by code point, and after it by UTF-16 unit.
    for (const name of ['b/2.png', 'b/10.PNG', 'B/x.JPEG', '\u{1f431}/1.png', '～/1.png'])
      writeTo(join(folder, name), image);
    writeTo(join(folder, 'b/notes.txt'), 'no image');
    writeTo(join(folder, 'b/.hidden.png'), 'no image');
    writeTo(join(folder, 'README.md'), 'no class');
    mkdirSync(join(folder, '.ipynb_checkpoints'));
  });

  it('has its classes and files in code-point order, and counts what it leaves out', async () => {
    const source = await ImageFolderSource.open(folder);
    expect(source.classes).toEqual(['B', 'b', '～', '\u{1f431}']);
    expect(source.length).toBe(5);
    expect(source.channels).toBe(3);
    expect(source.ignoredFiles).toBe(1);
    const samples = Array.from({ length: 5 }, (_, index) => [source.label(index), source.nameOf(index)]);
    expect(samples).toEqual([
      [0, join(folder, 'B/x.JPEG')],
      [1, join(folder, 'b/10.PNG')],
      [1, join(folder, 'b/2.png')],
      [2, join(folder, '～/1.png')],
      [3, join(folder, '\u{1f431}/1.png')],
    ]);
  });

  it('has a digest of its names, wherever it lies, and a fingerprint of its files', async () => {
    const here = await ImageFolderSource.open(folder);
    const elsewhere = join(root, 'linked');
    mkdirSync(elsewhere);
    for (const name of here.classes) symlinkSync(join(folder, name), join(elsewhere, name));
    const there = await ImageFolderSource.open(elsewhere);
    expect(there.digest).toBe(here.digest);
    expect(await there.fingerprint()).toBe(await here.fingerprint());
    rmSync(join(elsewhere, 'B'));
    expect((await ImageFolderSource.open(elsewhere)).digest).not.toBe(here.digest);
  });

  it('changes its fingerprint with a file', async () => {
    const before = await (await ImageFolderSource.open(folder)).fingerprint();
    writeTo(join(folder, 'b/2.png'), await png(1, 1, 3, Uint8Array.from([9, 9, 9])));
    expect(await (await ImageFolderSource.open(folder)).fingerprint()).not.toBe(before);
  });
});

describe('an image', () => {
  const read = async (name: string, data: Uint8Array, shorterSide?: number) => {
    const folder = join(root, name);
    writeTo(join(folder, 'c', name), data);
    return (await ImageFolderSource.open(folder)).read(0, { shorterSide });
  };

  it('in colour keeps its values', async () => {
    const data = Uint8Array.from([1, 2, 3, 250, 128, 0]);
    const image = await read('rgb.png', await png(2, 1, 3, data));
    expect(image).toMatchObject({ width: 2, height: 1, channels: 3 });
    expect([...image.data]).toEqual([...data]);
  });

  it.each([
    ['grey.png', 1, [7, 200], [7, 7, 7, 200, 200, 200]],
    ['grey-alpha.png', 2, [7, 0, 200, 255], [7, 7, 7, 200, 200, 200]],
    ['alpha.png', 4, [1, 2, 3, 0, 4, 5, 6, 128], [1, 2, 3, 4, 5, 6]],
  ] as const)('%s becomes three channels, alpha dropped', async (name, channels, data, expected) => {
    const image = await read(name, await png(2, 1, channels, Uint8Array.from(data)));
    expect([...image.data]).toEqual(expected);
  });

  describe('stored in another way is the sRGB original', () => {
    const [width, height] = [48, 32];
    // Colours that a printing press can make, without edges: what is left to differ is the way of storing.
    const original = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
      const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
      return [150 + x, 130 + 2 * y, 200 - x - y][at % 3]!;
    });
    const grey = Uint8Array.from({ length: width * height * 3 }, (_, at) => 20 + 4 * (Math.floor(at / 3) % width));
    const of = (pixels: Uint8Array | Uint16Array) => sharp(pixels, { raw: { width, height, channels: 3 } });
    const deep = (pixels: Uint8Array) => of(Uint16Array.from(pixels, (value) => value * 257));
    const sharpest = { quality: 100, chromaSubsampling: '4:4:4' };

    it.each([
      // The press’s gamut lies between, there and back: 20 of 255 is its doing. Inks taken as they are, or inverted, are off by 100.
      ['cmyk.jpg', original, 20, () => of(original).toColourspace('cmyk').jpeg(sharpest)],
      [
        'cmyk-profile.jpg',
        original,
        28,
        () => of(original).withIccProfile('cmyk').toColourspace('cmyk').jpeg(sharpest),
      ],
      ['grey.jpg', grey, 1, () => of(grey).toColourspace('b-w').jpeg(sharpest)],
      ['grey-16.png', grey, 1, () => deep(grey).toColourspace('grey16').png()],
      ['colour-16.png', original, 0, () => deep(original).toColourspace('rgb16').png()],
      ['palette.png', grey, 0, () => of(grey).png({ palette: true, quality: 100, dither: 0 })],
    ] as const)('%s', async (name, expected, tolerance, encode) => {
      const file = await encode().toBuffer();
      expect(await read(name, file)).toMatchObject({ width, height, channels: 3 });
      expect(furthest((await read(name, file)).data, expected)).toBeLessThanOrEqual(tolerance);
      const half = await of(expected).resize(24, 16).raw().toBuffer();
      expect(furthest((await read(name, file, 16)).data, half)).toBeLessThanOrEqual(tolerance + 1);
    });

    it.each([1, 2, 3, 4, 5, 6, 7, 8])('turned upright: EXIF orientation %i', async (orientation) => {
      const stored = await of(original).jpeg(sharpest).withMetadata({ orientation }).toBuffer();
      const upright = await read(`turned-${orientation}.jpg`, stored);
      const turned = orientation > 4;
      expect(upright).toMatchObject(turned ? { width: height, height: width } : { width, height });
      const expected = Uint8Array.from(upright.data, (_, at) => {
        const [x, y] = [Math.floor(at / 3) % upright.width, Math.floor(at / 3 / upright.width)];
        const [across, down] = turned ? [y, x] : [x, y];
        // Which way the stored columns and rows run, by the standard's table: 2, 3, 7, 8 leftwards and 3, 4, 6, 7 upwards.
        const column = [2, 3, 7, 8].includes(orientation) ? width - 1 - across : across;
        const row = [3, 4, 6, 7].includes(orientation) ? height - 1 - down : down;
        return original[(row * width + column) * 3 + (at % 3)]!;
      });
      expect(furthest(upright.data, expected)).toBeLessThanOrEqual(3);
      expect(await read(`turned-small-${orientation}.jpg`, stored, 16)).toMatchObject(
        turned ? { width: 16, height: 24 } : { width: 24, height: 16 },
      );
    });
  });

  it('is resized to its shorter side, up or down, aspect kept', async () => {
    const wide = await png(40, 20, 3, pattern(40 * 20 * 3));
    expect(await read('down.png', wide, 10)).toMatchObject({ width: 20, height: 10 });
    expect(await read('up.png', wide, 30)).toMatchObject({ width: 60, height: 30 });
  });
});

describe('what cannot be used', () => {
  it('is a missing folder', async () => {
    const path = join(root, 'absent');
    const error = await fails(ImageFolderSource.open(path));
    expect(error).toMatchObject({ code: 'TANDEM_DATA_MISSING', where: path, exitCode: 2 });
    expect(error.message).toMatch(/does not exist\. Expected one folder for each class/);
  });

  it('is a folder without class folders', async () => {
    const path = join(root, 'flat');
    writeTo(join(path, '1.jpg'), await jpeg(4, 4));
    const error = await fails(ImageFolderSource.open(path));
    expect(error).toMatchObject({ code: 'TANDEM_DATA_NO_CLASSES', where: path });
    expect(error.message).toContain('has no class folders');
  });

  it('is an empty class folder', async () => {
    const path = join(root, 'hollow');
    writeTo(join(path, 'cat/1.jpg'), await jpeg(4, 4));
    writeTo(join(path, 'dog/list.txt'), 'no image');
    const error = await fails(ImageFolderSource.open(path));
    expect(error).toMatchObject({
      code: 'TANDEM_DATA_EMPTY_CLASS',
      where: join(path, 'dog'),
      context: { class: 'dog' },
    });
    expect(error.message).toContain('no JPEG or PNG files among its 1 entries');
  });

  it('is a truncated JPEG', async () => {
    const whole = await jpeg(64, 64);
    const file = writeTo(join(root, 'cut/c/1.jpg'), whole.subarray(0, Math.floor(whole.length * 0.9)));
    const error = await fails((await ImageFolderSource.open(join(root, 'cut'))).read(0));
    expect(error).toMatchObject({ code: 'TANDEM_DATA_IMAGE', where: file });
    expect(error.message).toMatch(/cannot be decoded: .*premature end.* data\.onError: skip/s);
  });

  it('is a truncated PNG', async () => {
    const whole = await png(64, 64, 3, pattern(64 * 64 * 3));
    const file = writeTo(join(root, 'cut-png/c/1.png'), whole.subarray(0, Math.floor(whole.length / 2)));
    expect(
      await fails((await ImageFolderSource.open(join(root, 'cut-png'))).read(0, { shorterSide: 32 })),
    ).toMatchObject({
      code: 'TANDEM_DATA_IMAGE',
      where: file,
    });
  });

  it('is a text file named .png', async () => {
    const file = writeTo(join(root, 'text/c/1.png'), 'this is no picture');
    const error = await fails((await ImageFolderSource.open(join(root, 'text'))).read(0));
    expect(error).toMatchObject({ code: 'TANDEM_DATA_IMAGE', where: file });
    expect(error.message).toContain('unsupported image format');
  });

  it('is a file that has gone since', async () => {
    const file = writeTo(join(root, 'gone/c/1.jpg'), await jpeg(4, 4));
    const source = await ImageFolderSource.open(join(root, 'gone'));
    renameSync(file, `${file}.away`);
    const error = await fails(source.read(0));
    expect(error).toMatchObject({ code: 'TANDEM_DATA_IMAGE', where: file });
    expect(error.message).toMatch(/there is no such image.* Check the path/);
  });
});
