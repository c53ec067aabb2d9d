import { describe, expect, it } from 'vitest';
import { histogramOf } from './histogram.js';

describe('histogramOf', () => {
  it('counts every value once, between the ends of its bucket', () => {
    const values = Float32Array.from([-2, -0.5, -0.5, 0, 1e-20, 0.001, 3, 1e30]);
    const { bucketLimit, bucket, ...facts } = histogramOf(values, 100);
    expect(facts.num).toBe(8);
    expect(facts.min).toBe(-2);
    expect(facts.max).toBe(Math.fround(1e30));
    expect(bucket.reduce((sum, count) => sum + count, 0)).toBe(8);
    expect(bucketLimit).toEqual([...bucketLimit].sort((one, other) => one - other));
    const upTo = (end: number) =>
      bucket.reduce((sum, count, at) => sum + (bucketLimit[at]! <= end * (1 + 1e-9) ? count : 0), 0);
    expect(upTo(-1)).toBe(1);
    expect(upTo(-0.4)).toBe(3);
    expect(upTo(1e-12)).toBe(5);
    expect(upTo(0.0012)).toBe(6);
    expect(upTo(3.4)).toBe(7);
  });

  it('leaves out what is no number, and looks at so many values only', () => {
    expect(histogramOf(Float32Array.from([NaN, Infinity]), 10)).toMatchObject({
      num: 0,
      bucketLimit: [0],
      bucket: [0],
    });
    expect(histogramOf(new Float32Array(1000).fill(1), 100)).toMatchObject({ num: 100, min: 1, max: 1, sum: 100 });
  });
});
