import { readFile } from 'node:fs/promises';
import { ConfigurationError, describeError } from '@tandem/core';
import sharp from 'sharp';
import type { PixelImage, ReadOptions } from './image-source.js';
import { readJpeg } from './jpeg/read-jpeg.js';

// Every image is seen once an epoch: caching files or operations would only hold memory.
sharp.cache(false);
// The parallelism is several images at once (libuv's pool); threads within one image would fight with it.
sharp.concurrency(1);

export type Size = Pick<ReadOptions, 'shorterSide' | 'window'>;

/**
 * A JPEG or PNG file as sRGB, 8 bits, 3 channels: EXIF orientation applied, alpha dropped, grey as three equal channels;
 * resized when `shorterSide` is given. Of a JPEG it may be only the window that is wanted. Throws a ConfigurationError (`TANDEM_DATA_IMAGE`).
 */
export async function decodeFile(file: string, size: Size): Promise<PixelImage> {
  return decoding(file, async () => decode(await readFile(file), size));
}

/** The same of the bytes of such a file; `name` is for people. */
export async function decodeImage(name: string, bytes: Uint8Array, size: Size): Promise<PixelImage> {
  return decoding(name, () => decode(bytes, size));
}

async function decode(bytes: Uint8Array, size: Size): Promise<PixelImage> {
  return (await readJpeg(bytes, size)) ?? decodeWithLibvips(bytes, size.shorterSide);
}

async function decodeWithLibvips(bytes: Uint8Array, shorterSide: number | undefined): Promise<PixelImage> {
  let image = sharp(bytes, { failOn: 'error', autoOrient: true });
  if (shorterSide !== undefined) image = image.resize(shorterSide, shorterSide, { fit: 'outside' });
  const { data, info } = await image
    .toColourspace('srgb')
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels, data };
}

async function decoding(name: string, work: () => Promise<PixelImage>): Promise<PixelImage> {
  try {
    return await work();
  } catch (cause) {
    throw new ConfigurationError({
      code: 'TANDEM_DATA_IMAGE',
      what: `the image cannot be decoded: ${describeError(cause).trim()}`,
      where: name,
      expected: 'a whole JPEG or PNG file',
      remedy: 'Replace the file or move it out of the data set.',
      context: { file: name },
      cause,
    });
  }
}

/** The same image with its shorter side so many pixels; itself when it has that size already. */
export async function resizePixels(image: PixelImage, shorterSide: number): Promise<PixelImage> {
  if (Math.min(image.width, image.height) === shorterSide) return image;
  const { width, height, channels } = image;
  const { data, info } = await sharp(image.data, { raw: { width, height, channels: channels as 1 | 2 | 3 | 4 } })
    .resize(shorterSide, shorterSide, { fit: 'outside' })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels, data };
}
