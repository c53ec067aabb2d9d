import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { idx, jpeg, pattern, png, temporaryFolder, writeTo } from '../testing/fixtures.js';
import { tarOf } from '../testing/tar-fixtures.js';
import type { PixelImage, Region } from './image-source.js';
import { openImageSource } from './open-image-source.js';

const root = temporaryFolder();
const at = (region: Region, side: number) => ({ part: { regionOf: () => region, side } });

/** The pixels of a region, copied one by one. */
function copied({ data, width, channels }: Pick<PixelImage, 'data' | 'width' | 'channels'>, region: Region): number[] {
  return Array.from({ length: region.height }, (_, row) => {
    const from = ((region.top + row) * width + region.left) * channels;
    return [...data.subarray(from, from + region.width * channels)];
  }).flat();
}

it('is the pixels of its region where they are as many as are asked for, in every format', async () => {
  const [width, height] = [9, 7];
  const region = { top: 2, left: 5, width: 4, height: 4 };
  const grey = pattern(width * height);
  const colour = pattern(width * height * 3);
  const file = await png(width, height, 3, colour);
  writeTo(join(root, 'folder/a/1.png'), file);
  writeTo(
    join(root, 'shards/0.tar'),
    tarOf([
      { name: '1.png', data: file },
      { name: '1.cls', data: '0' },
    ]),
  );
  writeTo(join(root, 'idx/train-images-idx3-ubyte'), idx([1, height, width], grey));
  writeTo(join(root, 'idx/train-labels-idx1-ubyte'), idx([1], Uint8Array.of(0)));
  for (const [format, path, data, channels] of [
    ['image-folder', 'folder', colour, 3],
    ['webdataset', 'shards', colour, 3],
    ['idx', 'idx', grey, 1],
  ] as const) {
    const image = await (await openImageSource(format, join(root, path))).read(0, at(region, 4));
    expect(image, format).toMatchObject({ width: 4, height: 4, channels });
    expect([...image.data], format).toEqual(copied({ data, width, channels }, region));
  }
});

it('is resized both ways to a square, of its region alone', async () => {
  // 200 within, 0 around: any value from outside would show.
  const [width, height] = [40, 30];
  const region = { top: 10, left: 8, width: 24, height: 6 };
  const data = Uint8Array.from({ length: width * height }, (_, place) => {
    const [x, y] = [place % width, Math.floor(place / width)];
    return x >= 8 && x < 32 && y >= 10 && y < 16 ? 200 : 0;
  });
  writeTo(join(root, 'edge/train-images-idx3-ubyte'), idx([1, height, width], data));
  writeTo(join(root, 'edge/train-labels-idx1-ubyte'), idx([1], Uint8Array.of(0)));
  writeTo(join(root, 'edge-png/a/1.png'), await png(width, height, 1, data));
  for (const [format, path] of [
    ['idx', 'edge'],
    ['image-folder', 'edge-png'],
  ] as const) {
    const image = await (await openImageSource(format, join(root, path))).read(0, at(region, 12));
    expect(image).toMatchObject({ width: 12, height: 12 });
    expect(new Set(image.data)).toEqual(new Set([200]));
  }
});

it.each([1, 3, 6, 8])('is of the upright image: EXIF orientation %i', async (orientation) => {
  const [width, height] = [48, 32];
  const smooth = Uint8Array.from({ length: width * height * 3 }, (_, place) => {
    const [x, y] = [Math.floor(place / 3) % width, Math.floor(place / 3 / width)];
    return [150 + x, 130 + 2 * y, 200 - x - y][place % 3]!;
  });
  const stored = await sharp(smooth, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .withMetadata({ orientation })
    .toBuffer();
  writeTo(join(root, `turned-${orientation}/a/1.jpg`), stored);
  const source = await openImageSource('image-folder', join(root, `turned-${orientation}`));
  const upright = await source.read(0);
  const sizes: number[][] = [];
  const region = { top: 5, left: 3, width: 20, height: 20 };
  const regionOf = (...size: [number, number]) => (sizes.push(size), region);
  const part = await source.read(0, { part: { regionOf, side: 20 } });
  expect(sizes).toEqual([[upright.width, upright.height]]);
  expect([...part.data]).toEqual(copied(upright, region));
});

it('names a file that is no image, or is cut above the end of the part', async () => {
  writeTo(join(root, 'text/a/1.jpg'), 'no image');
  const whole = await jpeg(200, 200);
  const cut = writeTo(join(root, 'cut/a/1.jpg'), whole.subarray(0, Math.floor(whole.length / 2)));
  const low = at({ top: 150, left: 0, width: 50, height: 50 }, 20);
  await expect((await openImageSource('image-folder', join(root, 'text'))).read(0, low)).rejects.toMatchObject({
    code: 'TANDEM_DATA_IMAGE',
  });
  await expect((await openImageSource('image-folder', join(root, 'cut'))).read(0, low)).rejects.toMatchObject({
    code: 'TANDEM_DATA_IMAGE',
    where: cut,
  });
});
