import { describe, expect, it } from 'vitest';
import { averageCrops, softmax } from './average-crops.js';

const ln = Math.log;

describe('averageCrops', () => {
  it('averages probabilities, not logits', () => {
    // Crops that say 9:1 and 1:3: on average 0.575 and 0.425.
    const averaged = averageCrops(Float32Array.of(ln(9), 0, 0, ln(3)), 1, 2);
    expect(averaged[0]).toBeCloseTo(ln((0.9 + 0.25) / 2), 6);
    expect(averaged[1]).toBeCloseTo(ln((0.1 + 0.75) / 2), 6);
  });

  it('keeps images apart', () => {
    const one = averageCrops(Float32Array.of(1, 2, 3, 4, 5, 7), 1, 2);
    const two = averageCrops(Float32Array.of(0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 7), 2, 2);
    expect([...two.subarray(3)]).toEqual([...one]);
    expect(two[0]).toBeCloseTo(ln(1 / 3), 6);
  });

  it('gives one crop’s logits as they are', () => {
    const logits = Float32Array.of(1, 2);
    expect(averageCrops(logits, 1, 1)).toBe(logits);
  });

  it('stays finite where probabilities underflow, and is NaN where a crop is', () => {
    expect([...averageCrops(Float32Array.of(0, -2000, 0, -2000), 1, 2)]).toEqual([0, -2000]);
    expect([...averageCrops(Float32Array.of(0, 1, NaN, 0), 1, 2)]).toEqual([NaN, NaN]);
  });
});

describe('softmax', () => {
  it('is that of hand-computed values, large logits too', () => {
    const [first, second] = softmax(Float32Array.of(1000, 1000 + Math.fround(ln(3))));
    expect(first).toBeCloseTo(0.25, 4);
    expect(second).toBeCloseTo(0.75, 4);
  });
});
