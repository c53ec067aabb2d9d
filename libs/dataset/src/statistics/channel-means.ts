import { RandomStream, StreamPurpose } from '@tandem/core';
import { permutation } from '../sampling/permutation.js';
import type { ImageSource, PixelImage } from '../sources/image-source.js';
import { bounded, DECODES_AT_ONCE } from '../stream/bounded.js';

/** A larger set's means are taken over so many of its images. */
export const MEAN_SAMPLE = 10_000;
const SAMPLE_SEED = 0;

/** Which images the means are taken over: all, or a seeded sample that is the same for everyone. Ascending. */
export function meanSample(length: number, limit = MEAN_SAMPLE): Uint32Array {
  const order = permutation(new RandomStream(SAMPLE_SEED, StreamPurpose.statistics), length);
  return order.slice(0, Math.min(length, limit)).sort();
}

/**
 * The mean of every channel, in 0…255, over the images resized (`resize`, or as stored) and cut to their central square.
 * Sums are of integers and exact, so the order of reading does not matter.
 */
export async function channelMeans(
  source: ImageSource,
  resize: number | undefined,
  options: { readonly limit?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<number[]> {
  const sums = new Array<number>(source.channels).fill(0);
  let pixels = 0;
  await bounded(meanSample(source.length, options.limit), DECODES_AT_ONCE, async (index) => {
    const image = await source.read(index, { shorterSide: resize, signal: options.signal });
    pixels += addCentralSquare(image, sums);
  });
  return sums.map((sum) => sum / pixels);
}

/** Adds the channel values of the central square to `sums`; the number of its pixels. */
export function addCentralSquare(image: PixelImage, sums: number[]): number {
  const { width, height, channels, data } = image;
  const side = Math.min(width, height);
  const top = (height - side) >> 1;
  const left = (width - side) >> 1;
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (let y = top; y < top + side; y++) {
      const row = (y * width + left) * channels + channel;
      for (let at = row; at < row + side * channels; at += channels) sum += data[at]!;
    }
    sums[channel]! += sum;
  }
  return side * side;
}
