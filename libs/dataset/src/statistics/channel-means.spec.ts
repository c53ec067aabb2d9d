import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { PixelImage } from '../sources/image-source.js';
import { openImageSource } from '../sources/open-image-source.js';
import { pattern, png, temporaryFolder, writeTo } from '../testing/fixtures.js';
import { memorySource } from '../testing/memory-source.js';
import { cachedChannelMeans } from './cached-means.js';
import { addCentralSquare, channelMeans, meanSample } from './channel-means.js';

const root = temporaryFolder();
const image = (width: number, height: number, channels: number, ...data: number[]): PixelImage => ({
  width,
  height,
  channels,
  data: Uint8Array.from(data),
});

describe('channelMeans', () => {
  it('is the mean over pixels, worked out by hand', async () => {
    const source = memorySource([image(2, 1, 2, 1, 10, 3, 20), image(1, 1, 2, 5, 60)]);
    // 2×1 is cut to its central square, the left pixel.
    expect(await channelMeans(source, undefined)).toEqual([(1 + 5) / 2, (10 + 60) / 2]);
  });

  it('cuts the middle out of a long image', () => {
    const sums = [0];
    expect(addCentralSquare(image(4, 2, 1, 1, 2, 3, 4, 5, 6, 7, 8), sums)).toBe(4);
    expect(sums).toEqual([2 + 3 + 6 + 7]);
    expect(addCentralSquare(image(1, 3, 1, 50, 60, 70), sums)).toBe(1);
    expect(sums).toEqual([18 + 60]);
  });

  it('samples a large set, the same way each time', async () => {
    const sample = meanSample(1000, 10);
    expect(sample).toEqual(meanSample(1000, 10));
    expect(sample).toHaveLength(10);
    expect([...sample]).toEqual([...new Set(sample)].sort((a, b) => a - b));
    expect([...meanSample(5, 10)]).toEqual([0, 1, 2, 3, 4]);
    const source = memorySource(Array.from({ length: 1000 }, (_, index) => image(1, 1, 1, index % 256)));
    const expected = sample.reduce((sum, index) => sum + (index % 256), 0) / 10;
    expect(await channelMeans(source, undefined, { limit: 10 })).toEqual([expected]);
  });

  it('resizes first', async () => {
    const folder = join(root, 'set');
    writeTo(join(folder, 'a/1.png'), await png(8, 4, 1, pattern(32).fill(40)));
    writeTo(join(folder, 'b/1.png'), await png(4, 4, 1, pattern(16).fill(80)));
    const source = await openImageSource('image-folder', folder);
    const read = vi.spyOn(source, 'read');
    expect(await channelMeans(source, 6)).toEqual([60, 60, 60]);
    expect(read).toHaveBeenCalledWith(0, expect.objectContaining({ shorterSide: 6 }));
  });
});

describe('cachedChannelMeans', () => {
  const source = memorySource([image(1, 1, 1, 7)]);

  it('reads the images once, until they or the resize change', async () => {
    const directory = join(root, 'cache');
    const read = vi.spyOn(source, 'read');
    expect(await cachedChannelMeans(source, undefined, { directory })).toEqual([7]);
    expect(await cachedChannelMeans(source, undefined, { directory })).toEqual([7]);
    expect(read).toHaveBeenCalledTimes(1);
    await cachedChannelMeans(source, 2, { directory });
    await cachedChannelMeans({ ...source, fingerprint: () => Promise.resolve('other') }, undefined, { directory });
    expect(readdirSync(directory)).toHaveLength(3);
    read.mockRestore();
  });

  it.each(['', '{', '{"mean":[1,2]}', '{"mean":[300]}', '{"mean":"7"}'])(
    'makes a broken cache file again: %s',
    async (text) => {
      const directory = join(root, 'broken');
      await cachedChannelMeans(source, undefined, { directory });
      const file = join(directory, readdirSync(directory)[0]!);
      writeFileSync(file, text);
      expect(await cachedChannelMeans(source, undefined, { directory })).toEqual([7]);
      expect(await cachedChannelMeans(source, undefined, { directory })).toEqual([7]);
    },
  );

  it('does without a cache that cannot be written', async () => {
    const file = writeTo(join(root, 'a-file'), '');
    expect(await cachedChannelMeans(source, undefined, { directory: join(file, 'below') })).toEqual([7]);
  });
});
