import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { triangleWeights } from './triangle-weights.js';

const whole = (from: number, to: number, tapsOf?: number) =>
  triangleWeights({ from, to }, { first: 0, count: to }, tapsOf);

describe('triangleWeights', () => {
  it('halves with a quarter, a quarter… of what lies around, cut at the edges', () => {
    // Around 1 of 0 … 3, twice as wide as a pixel: pixels at ½ away weigh 3, at 1½ away 1, of 8; the first has only 7 of them.
    const { taps, starts, weights } = whole(4, 2);
    expect([taps, ...starts]).toEqual([4, 0, 1]);
    expect([...weights].map((weight) => Math.round((weight / 16384) * 7))).toEqual([3, 3, 1, 0, 1, 3, 3, 0]);
  });

  it('leaves pixels as they are where no size changes', () => {
    const { taps, starts, weights } = whole(5, 5);
    for (let pixel = 0; pixel < 5; pixel++) {
      const row = [...weights.subarray(pixel * taps, pixel * taps + taps)];
      expect(row.filter((weight) => weight !== 0)).toEqual([16384]);
      expect(starts[pixel]! + row.indexOf(16384)).toBe(pixel);
    }
  });

  it('adds up to one everywhere, within the image, and does not depend on the window', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 600 }),
        fc.integer({ min: 1, max: 400 }),
        fc.nat(399),
        fc.constantFrom(1, 2),
        (from, to, at, tapsOf) => {
          const { taps, starts, weights } = whole(from, to, tapsOf);
          expect(taps % tapsOf).toBe(0);
          for (let pixel = 0; pixel < to; pixel++) {
            const row = weights.subarray(pixel * taps, pixel * taps + taps);
            expect(row.reduce((sum, weight) => sum + weight, 0)).toBe(16384);
            const used = row.findLastIndex((weight) => weight !== 0);
            expect(starts[pixel]! + used).toBeLessThan(from);
            expect(Math.min(...row)).toBeGreaterThanOrEqual(0);
          }
          const one = triangleWeights({ from, to }, { first: at % to, count: 1 }, tapsOf);
          expect(one.starts[0]).toBe(starts[at % to]);
          expect(one.weights).toEqual(weights.slice((at % to) * taps, (at % to) * taps + taps));
        },
      ),
    );
  });
});
