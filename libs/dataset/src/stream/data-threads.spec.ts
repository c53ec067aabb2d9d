import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder, writeIdxSet } from '../testing/fixtures.js';
import type { SourceSpec } from '../sources/image-source.js';
import { BatchStream, type BatchStreamOptions } from './batch-stream.js';
import { DataThreads } from './data-threads.js';

const source: SourceSpec = { format: 'idx', path: join(temporaryFolder(), 'idx') };
const options: BatchStreamOptions = {
  source,
  plan: {
    ...{ inputSize: 6, resize: undefined, pad: 2, randomCrop: true, mirror: true },
    ...{ flip: false, quarterTurns: false, scale: 1, crops: 1 },
  },
  mean: [100.25],
  schedule: { samples: 53, globalBatch: 10, microBatches: 5, seed: 11 },
  deal: { start: 0, end: 5 },
  startStep: 1,
  endStep: 8,
  prefetch: 2,
};

beforeAll(() => writeIdxSet(source.path, 53, 6));

/** The images of the first batches of a stream that is closed while others are being prepared. */
async function imagesOf(stream: BatchStreamOptions, batches: number): Promise<Float32Array[]> {
  const opened = await BatchStream.open(stream);
  const images: Float32Array[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const next = await opened.next();
    images.push(next.images.slice());
    next.release();
  }
  await opened.close();
  return images;
}

describe('DataThreads', { timeout: 60_000 }, () => {
  it('serve one stream after another with what each would have had of a thread of its own', async () => {
    const threads = new DataThreads();
    const first = await imagesOf({ ...options, threads }, 2);
    const other = { ...options, deal: { start: 1, end: 3 }, startStep: 4, prefetch: 1 };
    const second = await imagesOf({ ...other, threads }, 3);
    expect(first).toEqual(await imagesOf(options, 2));
    expect(second).toEqual(await imagesOf(other, 3));
    await threads.close();
  });

  it('have one ready where they were told to, and end it if nobody takes it', async () => {
    const threads = new DataThreads();
    threads.start(source);
    threads.start(source);
    const one = await threads.take(source);
    await one.opened(30_000);
    await threads.give(one);
    threads.start(source);
    expect(await threads.take(source)).toBe(one);
    await one.close();
    threads.start(source);
    await threads.close();
  });

  it('keep one thread of a source, and none after the end', async () => {
    const threads = new DataThreads();
    const [one, two] = [await threads.take(source), await threads.take(source)];
    expect(two).not.toBe(one);
    // Who takes one that is about to be free waits for it.
    const giving = threads.give(one);
    expect(await threads.take(source)).toBe(one);
    await giving;
    await threads.give(one);
    await threads.give(two);
    expect(two.isGone).toBe(true);
    expect(one.isGone).toBe(false);
    const limited = await threads.take({ ...source, limit: 10 });
    expect(limited).not.toBe(one);
    await limited.close();
    await threads.close();
    expect(one.isGone).toBe(true);
  });

  it('replace a thread that has died', async () => {
    const threads = new DataThreads();
    const thread = await threads.take(source);
    await thread.close();
    await threads.give(thread);
    const next = await threads.take(source);
    expect(next).not.toBe(thread);
    await next.close();
    await threads.close();
  });
});
