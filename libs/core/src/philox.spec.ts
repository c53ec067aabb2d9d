import { describe, expect, it } from 'vitest';
import { philox4x32, RandomStream, StreamPurpose } from './philox.js';

describe('philox4x32', () => {
  // Known answers of Random123 (kat_vectors, philox4x32 10).
  const vectors: [readonly [number, number, number, number], readonly [number, number], number[]][] = [
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ];
  it.each(vectors)('of %o under %o is what Random123 publishes', (counter, key, expected) => {
    expect(philox4x32(counter, key)).toEqual(expected);
  });
});

describe('RandomStream', () => {
  it('gives the same draws for the same (seed, purpose, a, b) and others for any other', () => {
    const draw = (...args: [number, (typeof StreamPurpose)['order' | 'split'], number, number]) => {
      const stream = new RandomStream(...args);
      return [stream.uint32(), stream.uint32(), stream.uint32(), stream.uint32(), stream.uint32()];
    };
    const { order, split } = StreamPurpose;
    expect(draw(7, order, 1, 2)).toEqual(draw(7, order, 1, 2));
    const others = [draw(8, order, 1, 2), draw(7, split, 1, 2), draw(7, order, 2, 2), draw(7, order, 1, 3)];
    for (const other of [...others, draw(7 + 2 ** 32, order, 1, 2)]) expect(other).not.toEqual(draw(7, order, 1, 2));
  });

  it('draws below a bound evenly', () => {
    const stream = new RandomStream(1, StreamPurpose.split);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[stream.below(7)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });

  it('draws normals of mean 0 and deviation 1', () => {
    const stream = new RandomStream(1, StreamPurpose.augmentation);
    const draws = Array.from({ length: 50_000 }, () => stream.normal());
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const deviation = Math.sqrt(draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length);
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(deviation - 1)).toBeLessThan(0.02);
  });
});
