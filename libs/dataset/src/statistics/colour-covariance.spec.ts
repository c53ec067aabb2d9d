import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { pattern, temporaryFolder } from '../testing/fixtures.js';
import { memorySource } from '../testing/memory-source.js';
import { cachedColourCovariance } from './cached-covariance.js';
import { colourCovariance } from './colour-covariance.js';

const root = temporaryFolder();
const image = (width: number, height: number, ...data: number[]) => ({
  width,
  height,
  channels: 3,
  data: Uint8Array.from(data),
});

describe('colourCovariance', () => {
  it('is that of the pixels in 0…1, worked out by hand', async () => {
    // Two pixels, 0 and 255 in red, 255 and 0 in green, 51 twice in blue. The second image is cut to its left pixel.
    const source = memorySource([image(1, 1, 0, 255, 51), image(2, 1, 255, 0, 51, 9, 9, 9)]);
    expect(await colourCovariance(source, undefined)).toEqual([
      [0.25, -0.25, 0],
      [-0.25, 0.25, 0],
      [0, 0, 0],
    ]);
  });

  it('does not depend on the order of the images, to the last bit', async () => {
    const images = Array.from({ length: 7 }, (_, salt) => image(5, 4, ...pattern(60, salt)));
    const one = await colourCovariance(memorySource(images), undefined);
    expect(await colourCovariance(memorySource(images.toReversed()), undefined)).toEqual(one);
  });
});

describe('cachedColourCovariance', () => {
  it('reads the images once, and again where the file is broken', async () => {
    const source = memorySource([image(2, 2, ...pattern(12))]);
    const read = vi.spyOn(source, 'read');
    const directory = join(root, 'cache');
    const first = await cachedColourCovariance(source, undefined, { directory });
    expect(await cachedColourCovariance(source, undefined, { directory })).toEqual(first);
    expect(read).toHaveBeenCalledTimes(1);
    writeFileSync(join(directory, readdirSync(directory)[0]!), '{"covariance":[[1,2,3],[1,2]]}');
    expect(await cachedColourCovariance(source, undefined, { directory })).toEqual(first);
    expect(read).toHaveBeenCalledTimes(2);
  });
});
