import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type JpegOptions, type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { jpeg, png, pattern } from '../../testing/fixtures.js';
import { readJpegHeader } from './jpeg-header.js';
import { readJpeg } from './read-jpeg.js';
import { turboJpeg } from './turbojpeg.js';

const pillow = join(import.meta.dirname, '../../testing/pillow');
const photo = readFileSync(join(pillow, 'photo.jpg'));
const pixelsOf = (image: Buffer | string) => sharp(image).removeAlpha().raw().toBuffer();

/** The largest and the mean absolute difference, in grey levels. */
function difference(a: Uint8Array, b: Uint8Array): { largest: number; mean: number } {
  expect(a.length).toBe(b.length);
  const differences = Array.from(a, (value, at) => Math.abs(value - b[at]!));
  return {
    largest: differences.reduce((high, value) => Math.max(high, value), 0),
    mean: differences.reduce((sum, value) => sum + value, 0) / differences.length,
  };
}

describe('beside Pillow 13', () => {
  it('decodes to the same bits', async () => {
    const { data, width, height } = (await readJpeg(photo, {}))!;
    expect([width, height]).toEqual([200, 150]);
    expect(difference(data, await pixelsOf(join(pillow, 'decoded.png')))).toEqual({ largest: 0, mean: 0 });
  });

  // Pillow rounds to whole levels between its two passes, and we only at the end: that is up to 1 of 255 in a pixel, in about one of six (measured: 0.17 in
  // the mean). A filter that is another, Lanczos's or none, is 2.4 and more away in the mean.
  it.each([
    [103, '137x103.png'],
    [170, '227x170.png'],
  ])('resizes to a shorter side of %i within 1 grey level, 0.2 in the mean', async (shorterSide, file) => {
    const { data } = (await readJpeg(photo, { shorterSide }))!;
    const { largest, mean } = difference(data, await pixelsOf(join(pillow, file)));
    expect(largest).toBeLessThanOrEqual(1);
    expect(mean).toBeLessThan(0.2);
  });
});

describe('who decodes', () => {
  const forms: [string, JpegOptions, ((image: Sharp) => Sharp)?][] = [
    ['4:2:0', { quality: 90 }],
    ['4:4:4', { quality: 90, chromaSubsampling: '4:4:4' }],
    ['quality 60', { quality: 60 }],
    ['quality 100', { quality: 100 }],
    ['progressive', { progressive: true }],
    ['grey', {}, (image) => image.toColourspace('b-w')],
    ['upright by its EXIF', {}, (image) => image.withMetadata({ orientation: 1 })],
  ];

  it('is here', () => {
    expect(turboJpeg).toBeTypeOf('object');
  });

  it.each(forms)('does not change the bits of a plain one: %s', async (_, options, change = (image) => image) => {
    const bytes = await change(sharp(photo)).jpeg(options).toBuffer();
    if (typeof turboJpeg === 'string') throw new Error(turboJpeg);
    const decoded = await turboJpeg.decode(bytes, ({ data, width, height }) => data.slice(0, width * height * 4));
    const other = await sharp(bytes).toColourspace('srgb').ensureAlpha().raw().toBuffer();
    const colours = (data: Uint8Array) => data.filter((_, at) => at % 4 !== 3);
    expect(difference(colours(decoded!), colours(other))).toEqual({ largest: 0, mean: 0 });
  });

  it.each([
    ['rotated', (image: Sharp) => image.withMetadata({ orientation: 6 })],
    ['with a profile', (image: Sharp) => image.withIccProfile('p3')],
    ['CMYK', (image: Sharp) => image.toColourspace('cmyk')],
  ])('is libvips for one that is not plain: %s', async (_, change) => {
    const bytes = await change(sharp(photo)).jpeg().toBuffer();
    expect(readJpegHeader(bytes)).toEqual({ width: 200, height: 150, isPlain: false });
  });

  it('turns a rotated one before it is resized and cut', async () => {
    const upright = await sharp(photo).jpeg().toBuffer();
    // Orientation 6 is turned clockwise when it is shown.
    const turned = await sharp(photo).rotate(-90).jpeg({ quality: 100 }).withMetadata({ orientation: 6 }).toBuffer();
    const window = (width: number, height: number) => ({ top: 3, left: 5, width: width - 20, height: height - 30 });
    const [one, other] = [
      await readJpeg(upright, { shorterSide: 75, window }),
      await readJpeg(turned, { shorterSide: 75, window }),
    ];
    expect(one).toMatchObject({ width: 80, height: 45, cutFrom: { width: 100, height: 75, top: 3, left: 5 } });
    expect(other).toMatchObject({ width: 80, height: 45, cutFrom: { width: 100, height: 75 } });
    expect(difference(one!.data, other!.data).mean).toBeLessThan(6);
  });

  it('is nobody here for what is to be shrunk a lot, and for what is no JPEG', async () => {
    expect(await readJpeg(photo, { shorterSide: 37 })).toBeUndefined();
    expect(await readJpeg(photo, { shorterSide: 38 })).toMatchObject({ width: 51, height: 38 });
    expect(await readJpeg(await png(4, 4, 3, pattern(48)), {})).toBeUndefined();
    expect(await readJpeg(photo.subarray(0, 100), {})).toBeUndefined();
  });

  it('does not pass over a cut or a flaw', async () => {
    const cut = photo.subarray(0, photo.length - 300);
    await expect(readJpeg(cut, { shorterSide: 103 })).rejects.toThrow(/premature end/);
    if (typeof turboJpeg === 'string') throw new Error(turboJpeg);
    expect(await turboJpeg.decode(cut, () => 'pixels')).toBeUndefined();
  });

  it('decodes several at once, each to its own pixels', async () => {
    const files = await Promise.all(Array.from({ length: 12 }, (_, salt) => jpeg(60 + salt, 40, salt)));
    const read = await Promise.all(files.map((file) => readJpeg(file, {})));
    for (const [at, image] of read.entries())
      expect(difference(image!.data, await pixelsOf(files[at]!)).largest).toBe(0);
  });
});
