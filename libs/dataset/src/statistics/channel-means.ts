import { ConfigurationError, RandomStream, type RunConfig, StreamPurpose } from '@tandem/core';
import { permutation } from '../sampling/permutation.js';
import type { ImageSource, PixelImage } from '../sources/image-source.js';
import { bounded, DECODES_AT_ONCE } from '../stream/bounded.js';
import { readSample } from '../stream/read-sample.js';

/** A larger set's means are taken over so many of its images. */
export const MEAN_SAMPLE = 10_000;
const SAMPLE_SEED = 0;

/** Which images the means are taken over: all, or a seeded sample that is the same for everyone. Ascending. */
export function meanSample(length: number, limit = MEAN_SAMPLE): Uint32Array {
  const order = permutation(new RandomStream(SAMPLE_SEED, StreamPurpose.statistics), length);
  return order.slice(0, Math.min(length, limit)).sort();
}

export interface StatisticOptions {
  /** Of a larger set, so many images are sampled. Default: `MEAN_SAMPLE`. */
  readonly limit?: number;
  /** `skip`: images that cannot be decoded are left out. Default: `fail`. */
  readonly onError?: RunConfig['data']['onError'] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The mean of every channel, in 0…255, over the images resized (`resize`, or as stored) and cut to their central square.
 * Sums are of integers and exact, so the order of reading does not matter.
 */
export async function channelMeans(
  source: ImageSource,
  resize: number | undefined,
  options: StatisticOptions = {},
): Promise<number[]> {
  const sums = new Array<number>(source.channels).fill(0);
  let pixels = 0;
  await forEachReadable(source, resize, options, (image) => {
    pixels += addCentralSquare(image, sums);
  });
  return sums.map((sum) => sum / pixels);
}

/**
 * The images that statistics are taken over, in no certain order, those left out that `onError` allows to be. Throws a
 * ConfigurationError (`TANDEM_DATA_NO_REPLACEMENT`) where none is left.
 */
export async function forEachReadable(
  source: ImageSource,
  resize: number | undefined,
  { limit, onError, signal }: StatisticOptions,
  take: (image: PixelImage) => void,
): Promise<void> {
  const reading = {
    rule: onError === 'skip' ? ('leave-out' as const) : ('fail' as const),
    shorterSide: resize,
    signal,
    // Training meets them again and tells of them.
    onUnreadable: () => undefined,
  };
  let readable = 0;
  await bounded(meanSample(source.length, limit), DECODES_AT_ONCE, async (sample) => {
    const read = await readSample(source, { seed: SAMPLE_SEED, epoch: 0, sample }, reading);
    if (read === undefined) return;
    readable++;
    take(read.image);
  });
  if (readable === 0) throw nothingToRead(source);
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

function nothingToRead(source: ImageSource): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_DATA_NO_REPLACEMENT',
    what: 'none of the images can be decoded',
    where: source.path,
    expected: 'a data set in which most images can be read',
  });
}
