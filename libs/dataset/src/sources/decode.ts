import { readFile } from 'node:fs/promises';
import { ConfigurationError, describeError } from '@tandem/core';
import sharp, { type Sharp } from 'sharp';
import type { ImagePart, PixelImage, ReadOptions } from './image-source.js';
import { readJpeg } from './jpeg/read-jpeg.js';

// Every image is seen once an epoch: caching files or operations would only hold memory.
sharp.cache(false);
// The parallelism is several images at once (libuv's pool); threads within one image would fight with it.
sharp.concurrency(1);

export type Size = Pick<ReadOptions, 'shorterSide' | 'part' | 'window'>;

/**
 * A JPEG or PNG file as sRGB, 8 bits, 3 channels: EXIF orientation applied, alpha dropped, grey as three equal channels;
 * cut and resized as `size` says. Of a JPEG it may be only the window that is wanted. Throws a ConfigurationError (`TANDEM_DATA_IMAGE`).
 */
export async function decodeFile(file: string, size: Size): Promise<PixelImage> {
  return decoding(file, async () => decode(await readFile(file), size));
}

/** The same of the bytes of such a file; `name` is for people. */
export async function decodeImage(name: string, bytes: Uint8Array, size: Size): Promise<PixelImage> {
  return decoding(name, () => decode(bytes, size));
}

async function decode(bytes: Uint8Array, size: Size): Promise<PixelImage> {
  return (await readJpeg(bytes, size)) ?? decodeWithLibvips(bytes, size);
}

async function decodeWithLibvips(bytes: Uint8Array, { shorterSide, part }: Size): Promise<PixelImage> {
  let image = sharp(bytes, { failOn: 'error', autoOrient: true });
  if (part !== undefined) image = cut(image, part, (await image.metadata()).autoOrient);
  else if (shorterSide !== undefined) image = image.resize(shorterSide, shorterSide, { fit: 'outside' });
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
    const isAbsent = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new ConfigurationError({
      code: 'TANDEM_DATA_IMAGE',
      what: isAbsent ? 'there is no such image' : `the image cannot be decoded: ${describeError(cause).trim()}`,
      where: name,
      expected: 'a whole JPEG or PNG file',
      remedy: isAbsent
        ? 'Check the path.'
        : 'Replace the file, move it out of the data set, or set data.onError: skip to go on without.',
      context: { file: name },
      cause,
    });
  }
}

/** The same image cut and resized as `size` says; itself when it has its size already. */
export async function resizePixels(image: PixelImage, { shorterSide, part }: Size): Promise<PixelImage> {
  const { width, height, channels } = image;
  if (part === undefined && (shorterSide ?? Math.min(width, height)) === Math.min(width, height)) return image;
  const raw = sharp(image.data, { raw: { width, height, channels: channels as 1 | 2 | 3 | 4 } });
  const resized = part === undefined ? raw.resize(shorterSide, shorterSide, { fit: 'outside' }) : cut(raw, part, image);
  const { data, info } = await resized
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels, data };
}

function cut(image: Sharp, { regionOf, side }: ImagePart, stored: { width: number; height: number }): Sharp {
  return image.extract(regionOf(stored.width, stored.height)).resize(side, side, { fit: 'fill' });
}
