import { ConfigurationError, RandomStream, StreamPurpose } from '@tandem/core';
import type { DrawKey } from '../augmentation/geometry.js';
import type { ImageSource, PixelImage, ReadOptions } from '../sources/image-source.js';

/** What becomes of an image that cannot be decoded: an error that names it, another image in its place, or none. */
export type UnreadableRule = 'fail' | 'replace' | 'leave-out';

export interface UnreadableImage {
  /** Index in the data set. */
  readonly sample: number;
  readonly name: string;
  /** The message of its error, which names it too. */
  readonly reason: string;
}

export interface ReadSampleOptions extends ReadOptions {
  readonly rule: UnreadableRule;
  /** Hears of each image that could not be decoded and was not an error. */
  readonly onUnreadable: (image: UnreadableImage) => void;
}

export interface SampleImage {
  /** Whose image and label it is: another sample than was asked for where that one is unreadable. */
  readonly sample: number;
  readonly image: PixelImage;
}

/** So many others are tried in the place of an unreadable image. A set in which all are broken is no set with a broken image. */
export const REPLACEMENT_TRIES = 16;

/**
 * The image of a sample or, by `rule`, of another in its place: drawn from the whole set as a function of `key`, so that it is
 * the same whoever reads it and however often. Undefined where it is left out. Throws a ConfigurationError:
 * `TANDEM_DATA_IMAGE`, or `TANDEM_DATA_NO_REPLACEMENT` where none of `REPLACEMENT_TRIES` others can be read either.
 */
export async function readSample(
  source: ImageSource,
  key: DrawKey,
  options: ReadSampleOptions,
): Promise<SampleImage | undefined> {
  const { rule, onUnreadable, ...reading } = options;
  const attempt = async (sample: number): Promise<SampleImage | undefined> => {
    try {
      return { sample, image: await source.read(sample, reading) };
    } catch (error) {
      if (rule === 'fail' || !isUnreadable(error)) throw error;
      onUnreadable({ sample, name: source.nameOf(sample), reason: error.message });
      return undefined;
    }
  };
  const own = await attempt(key.sample);
  if (own !== undefined || rule === 'leave-out') return own;
  const draws = new RandomStream(key.seed, StreamPurpose.replacement, key.epoch, key.sample);
  for (let tries = 0; tries < REPLACEMENT_TRIES; tries++) {
    const other = await attempt(draws.below(source.length));
    if (other !== undefined) return other;
  }
  throw new ConfigurationError({
    code: 'TANDEM_DATA_NO_REPLACEMENT',
    what: `the image cannot be decoded, and neither can any of ${REPLACEMENT_TRIES} others drawn in its place`,
    where: source.nameOf(key.sample),
    expected: 'a data set in which most images can be read',
    remedy: 'Check the data set; the worker’s log names each broken image.',
    context: { sample: key.sample },
  });
}

/** Whether it says that an image is broken, and not that something else went wrong while it was read. */
export function isUnreadable(error: unknown): error is ConfigurationError {
  return error instanceof ConfigurationError && error.code === 'TANDEM_DATA_IMAGE';
}
