import sharp from 'sharp';
import { resizeWindow, type RgbxImage } from '../../resize/resize-window.js';
import type { ImagePart, PixelImage, ReadOptions } from '../image-source.js';
import { readJpegHeader } from './jpeg-header.js';
import { turboJpeg } from './turbojpeg.js';

/** Shrunk more than this, an image is left to libvips, which decodes at a fraction of the size (DCT scaling). */
const LARGEST_SHRINK = 4;

/**
 * A JPEG, upright and in sRGB, resized with `resizeWindow`, only the part or window that is wanted of it. libjpeg-turbo decodes the plain ones and libvips the rest (CMYK,
 * rotated, with a colour profile, faulty), or all where this installation lacks the former: a plain one's pixels are the same, bit by bit.
 * Undefined of what is no JPEG, or is to be shrunk a lot. Throws what sharp does.
 */
export async function readJpeg(
  bytes: Uint8Array,
  { shorterSide, part, window }: Pick<ReadOptions, 'shorterSide' | 'part' | 'window'>,
): Promise<PixelImage | undefined> {
  const header = readJpegHeader(bytes);
  if (header === undefined) return undefined;
  const shrinks = part === undefined && shorterSide !== undefined;
  if (shrinks && Math.min(header.width, header.height) > LARGEST_SHRINK * shorterSide) return undefined;
  const finish = (image: RgbxImage): PixelImage => {
    if (part !== undefined) return resizePart(image, part);
    const scale = shorterSide === undefined ? 1 : shorterSide / Math.min(image.width, image.height);
    const width = Math.round(image.width * scale);
    const height = Math.round(image.height * scale);
    const cut = window?.(width, height) ?? { top: 0, left: 0, width, height };
    const data = resizeWindow(image, width, height, cut);
    return {
      width: cut.width,
      height: cut.height,
      channels: 3,
      data,
      cutFrom: { width, height, top: cut.top, left: cut.left },
    };
  };
  const decoded = header.isPlain && typeof turboJpeg !== 'string' ? await turboJpeg.decode(bytes, finish) : undefined;
  return decoded ?? finish(await decodeWithLibvips(bytes));
}

function resizePart(image: RgbxImage, { regionOf, side }: ImagePart): PixelImage {
  const all = { top: 0, left: 0, width: side, height: side };
  const data = resizeWindow(image, side, side, all, regionOf(image.width, image.height));
  return { width: side, height: side, channels: 3, data };
}

async function decodeWithLibvips(bytes: Uint8Array): Promise<RgbxImage> {
  const { data, info } = await sharp(bytes, { failOn: 'error', autoOrient: true })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}
