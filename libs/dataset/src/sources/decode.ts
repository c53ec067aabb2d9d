import { ConfigurationError, describeError } from '@tandem/core';
import sharp from 'sharp';
import type { PixelImage } from './image-source.js';

// Every image is seen once an epoch: caching files or operations would only hold memory.
sharp.cache(false);
// The parallelism is several images at once (libuv's pool); threads within one image would fight with it.
sharp.concurrency(1);

/**
 * A JPEG or PNG file as sRGB, 8 bits, 3 channels: EXIF orientation applied, alpha dropped, grey as three equal channels;
 * resized while it is decoded when `shorterSide` is given.
 */
export function decodeFile(file: string, shorterSide: number | undefined): Promise<PixelImage> {
  return decodeImage(file, file, shorterSide);
}

/** The same of the bytes of such a file; `name` is for people. */
export async function decodeImage(
  name: string,
  input: string | Uint8Array,
  shorterSide: number | undefined,
): Promise<PixelImage> {
  try {
    let image = sharp(input, { failOn: 'error', autoOrient: true });
    if (shorterSide !== undefined) image = image.resize(shorterSide, shorterSide, { fit: 'outside' });
    const { data, info } = await image
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, channels: info.channels, data };
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
