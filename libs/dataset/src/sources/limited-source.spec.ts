import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { BatchStream } from '../stream/batch-stream.js';
import { pattern, temporaryFolder, writeIdxSet } from '../testing/fixtures.js';
import { openImageSource } from './open-image-source.js';

const root = temporaryFolder();
const path = join(root, 'idx');
beforeAll(() => {
  writeIdxSet(path, 50, 6);
});
const placesOf = async (limit: number) => {
  const source = await openImageSource('idx', path, limit);
  return Array.from({ length: source.length }, (_, index) => Number(/\[(\d+)\]/.exec(source.nameOf(index))![1]));
};

describe('a limited source', () => {
  it('has so many samples of the whole, drawn, in its order, the same each time', async () => {
    const places = await placesOf(10);
    expect(places).toHaveLength(10);
    expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
    expect(places).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await placesOf(10)).toEqual(places);
  });

  it('has of a smaller limit a part of the same samples', async () => {
    expect(await placesOf(20)).toEqual(expect.arrayContaining(await placesOf(10)));
  });

  it('gives the images and labels of those samples', async () => {
    const places = await placesOf(7);
    const source = await openImageSource('idx', path, 7);
    expect(source).toMatchObject({ length: 7, limit: 7, channels: 1, classes: ['0', '1', '2'] });
    const pixels = pattern(50 * 36);
    for (const [index, place] of places.entries()) {
      expect(source.label(index)).toBe(place % 3);
      expect([...(await source.read(index)).data]).toEqual([...pixels.subarray(place * 36, (place + 1) * 36)]);
    }
  });

  it('is the whole where the limit is no less, and says another digest for another limit', async () => {
    expect(await placesOf(60)).toEqual(Array.from({ length: 50 }, (_, index) => index));
    const sources = await Promise.all([undefined, 10, 11].map((limit) => openImageSource('idx', path, limit)));
    expect(new Set(sources.map(({ digest }) => digest)).size).toBe(3);
    expect(new Set(await Promise.all(sources.map((source) => source.fingerprint()))).size).toBe(3);
  });

  it('is the same in the batch thread', { timeout: 60_000 }, async () => {
    const source = await openImageSource('idx', path, 10);
    const stream = await BatchStream.open({
      source,
      plan: {
        ...{ inputSize: 6, resize: undefined, pad: 0, randomCrop: false, mirror: false },
        ...{ flip: false, quarterTurns: false, scale: 1, crops: 1 },
      },
      mean: [0],
      schedule: { samples: 10, globalBatch: 10, microBatches: 1, seed: 1 },
      deal: { start: 0, end: 1 },
      startStep: 1,
      endStep: 1,
      prefetch: 1,
    });
    try {
      const { labels, images, indices } = await stream.next();
      expect([...labels]).toEqual([...indices].map((index) => source.label(index)));
      expect([...images.subarray(0, 36)]).toEqual([...(await source.read(indices[0]!)).data]);
    } finally {
      await stream.close();
    }
  });
});
