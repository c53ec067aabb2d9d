import { createHash, randomUUID } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDirectory } from '@tandem/core';
import sharp from 'sharp';
import type { ImageSource } from '../sources/image-source.js';
import { MEAN_SAMPLE } from './channel-means.js';

export interface CacheOptions {
  /** Default: `statistics` under Tandem's cache directory. */
  readonly directory?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface Statistic<T> {
  /** Changed when the same data would give other values: then old cache files are not found. */
  readonly rule: string;
  /** The value in a file's content; undefined where it is not one. */
  parse(content: Record<string, unknown>): T | undefined;
  format(value: T): unknown;
  compute(): Promise<T>;
}

/**
 * A statistic of a set of images, kept on this machine from one run to the next until the files change. The cache is a
 * convenience: a broken file is made again, and one that cannot be written is done without.
 */
export async function cachedStatistic<T>(
  source: ImageSource,
  resize: number | undefined,
  statistic: Statistic<T>,
  { directory = join(cacheDirectory(), 'statistics') }: CacheOptions,
): Promise<T> {
  const key = createHash('sha256')
    .update(JSON.stringify([statistic.rule, await source.fingerprint(), resize ?? null, MEAN_SAMPLE, sharp.versions]))
    .digest('hex');
  const file = join(directory, `${key}.json`);
  const known = await readContent(file);
  const kept = known === undefined ? undefined : statistic.parse(known);
  if (kept !== undefined) return kept;
  const value = await statistic.compute();
  await writeContent(file, statistic.format(value)).catch(() => undefined);
  return value;
}

async function readContent(file: string): Promise<Record<string, unknown> | undefined> {
  try {
    const content: unknown = JSON.parse(await fs.readFile(file, 'utf8'));
    return typeof content === 'object' && content !== null ? (content as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

async function writeContent(file: string, content: unknown): Promise<void> {
  await fs.mkdir(dirname(file), { recursive: true });
  const partial = `${file}.${randomUUID()}.partial`;
  try {
    await fs.writeFile(partial, `${JSON.stringify(content)}\n`);
    await fs.rename(partial, file);
  } catch (error) {
    await fs.rm(partial, { force: true });
    throw error;
  }
}
