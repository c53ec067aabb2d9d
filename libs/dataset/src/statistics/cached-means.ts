import { createHash, randomUUID } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDirectory } from '@tandem/core';
import sharp from 'sharp';
import type { ImageSource } from '../sources/image-source.js';
import { channelMeans, MEAN_SAMPLE, type MeansOptions } from './channel-means.js';

/** Changed when the same data would give other means: then old cache files are not found. */
const RULE = 'central square, 1';

export interface CachedMeansOptions extends Pick<MeansOptions, 'onError' | 'signal'> {
  /** Default: `statistics` under Tandem's cache directory. */
  readonly directory?: string;
}

/**
 * `channelMeans`, kept on this machine from one run to the next until the files change. The cache is a convenience: a broken
 * file is made again, and one that cannot be written is done without.
 */
export async function cachedChannelMeans(
  source: ImageSource,
  resize: number | undefined,
  options: CachedMeansOptions = {},
): Promise<number[]> {
  const key = createHash('sha256')
    .update(JSON.stringify([RULE, await source.fingerprint(), resize ?? null, MEAN_SAMPLE, sharp.versions]))
    .digest('hex');
  const file = join(options.directory ?? join(cacheDirectory(), 'statistics'), `${key}.json`);
  const known = await readMeans(file, source.channels);
  if (known !== undefined) return known;
  const mean = await channelMeans(source, resize, { onError: options.onError, signal: options.signal });
  await writeMeans(file, mean).catch(() => undefined);
  return mean;
}

async function readMeans(file: string, channels: number): Promise<number[] | undefined> {
  try {
    const { mean } = JSON.parse(await fs.readFile(file, 'utf8')) as { mean?: unknown };
    const whole =
      Array.isArray(mean) &&
      mean.length === channels &&
      mean.every((value) => Number.isFinite(value) && value >= 0 && value <= 255);
    return whole ? (mean as number[]) : undefined;
  } catch {
    return undefined;
  }
}

async function writeMeans(file: string, mean: readonly number[]): Promise<void> {
  await fs.mkdir(dirname(file), { recursive: true });
  const partial = `${file}.${randomUUID()}.partial`;
  try {
    await fs.writeFile(partial, `${JSON.stringify({ mean })}\n`);
    await fs.rename(partial, file);
  } catch (error) {
    await fs.rm(partial, { force: true });
    throw error;
  }
}
