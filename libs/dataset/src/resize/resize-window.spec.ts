import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pattern } from '../testing/fixtures.js';
import { resizeWindow, type RgbxImage } from './resize-window.js';
import { triangleWeights } from './triangle-weights.js';

const image = (width: number, height: number): RgbxImage => ({ width, height, data: pattern(width * height * 4) });
const all = (width: number, height: number) => ({ top: 0, left: 0, width, height });

/** The same arithmetic, one value at a time. */
function resizeSlowly({ width, height, data }: RgbxImage, toWidth: number, toHeight: number): number[] {
  const across = triangleWeights({ from: width, to: toWidth }, { first: 0, count: toWidth });
  const down = triangleWeights({ from: height, to: toHeight }, { first: 0, count: toHeight });
  const product = (value: number, weight: number) => (value * weight + 0x4000) >> 15;
  const blend = (weights: typeof down, at: number, value: (from: number) => number) => {
    let sum = 0;
    for (let tap = 0; tap < weights.taps; tap++) {
      const weight = weights.weights[at * weights.taps + tap]!;
      if (weight !== 0) sum += product(value(weights.starts[at]! + tap) << 1, weight);
    }
    return sum;
  };
  return Array.from({ length: toWidth * toHeight * 3 }, (_, at) => {
    const channel = at % 3;
    const x = Math.floor(at / 3) % toWidth;
    const y = Math.floor(at / 3 / toWidth);
    const value = blend(across, x, (column) =>
      blend(down, y, (row) => data[(row * width + column) * 4 + channel]! << 6),
    );
    return Math.min(255, (value + 32) >> 6);
  });
}

const side = fc.integer({ min: 1, max: 40 });

describe('resizeWindow', () => {
  it('gives the bits of the same arithmetic done plainly', () => {
    fc.assert(
      fc.property(side, side, side, side, (width, height, toWidth, toHeight) => {
        const given = image(width, height);
        expect([...resizeWindow(given, toWidth, toHeight, all(toWidth, toHeight))]).toEqual(
          resizeSlowly(given, toWidth, toHeight),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('gives a window the pixels that it has in the whole', () => {
    fc.assert(
      fc.property(side, side, side, side, fc.nat(), fc.nat(), (width, height, toWidth, toHeight, a, b) => {
        const given = image(width, height);
        const whole = resizeWindow(given, toWidth, toHeight, all(toWidth, toHeight));
        const [left, top] = [a % toWidth, b % toHeight];
        const window = { left, top, width: 1 + (b % (toWidth - left)), height: 1 + (a % (toHeight - top)) };
        const rows = Array.from({ length: window.height }, (_, row) => {
          const from = ((top + row) * toWidth + left) * 3;
          return [...whole.subarray(from, from + window.width * 3)];
        });
        expect([...resizeWindow(given, toWidth, toHeight, window)]).toEqual(rows.flat());
      }),
      { numRuns: 40 },
    );
  });

  it('takes a region as if it were all of the image', () => {
    const given = image(31, 23);
    const region = { top: 4, left: 7, width: 19, height: 11 };
    const rows = Array.from({ length: region.height }, (_, row) => {
      const from = ((region.top + row) * given.width + region.left) * 4;
      return given.data.slice(from, from + region.width * 4);
    });
    const alone = { width: region.width, height: region.height, data: Buffer.concat(rows) };
    const window = { top: 1, left: 2, width: 5, height: 6 };
    for (const side of [8, 40])
      expect(resizeWindow(given, side, side, window, region)).toEqual(resizeWindow(alone, side, side, window));
  });

  it('leaves an image of the size that is asked for as it is, and a plain one plain', () => {
    const given = image(9, 7);
    const rgb = [...given.data].filter((_, at) => at % 4 !== 3);
    expect([...resizeWindow(given, 9, 7, all(9, 7))]).toEqual(rgb);
    for (const level of [0, 1, 254, 255]) {
      const flat = { width: 300, height: 200, data: new Uint8Array(300 * 200 * 4).fill(level) };
      for (const [width, height] of [
        [77, 51],
        [420, 280],
      ] as const)
        expect(new Set(resizeWindow(flat, width, height, all(width, height)))).toEqual(new Set([level]));
    }
  });
});
