import { describe, expect, it } from 'vitest';
import { addFloat32 } from './add-float32.js';

describe('addFloat32', () => {
  it.each([0, 1, 3, 4, 5, 8, 1023])('adds %i elements, each rounded to float32', (length) => {
    const left = Float32Array.from({ length }, (_, i) => 1 / (i + 3));
    const right = Float32Array.from({ length }, (_, i) => 1e-4 / (i + 7));
    const expected = Float32Array.from({ length }, (_, i) => Math.fround((left[i] as number) + (right[i] as number)));
    const out = new Float32Array(length);
    addFloat32(out, left, right);
    expect(out).toEqual(expected);
    addFloat32(right, left, right);
    expect(right).toEqual(expected);
  });

  // What TensorFlow 2.21's Add returns on a CPU for the same operands.
  it.each([
    [1.5 * 2 ** -126, -(2 ** -126), 0],
    [2 ** -126, -1.5 * 2 ** -126, -0],
    [2 ** -130, 2 ** -130, 0],
    [-(2 ** -130), -(2 ** -130), -0],
    [2 ** -126, 2 ** -130, 2 ** -126],
    [2 ** -126, 2 ** -126, 2 ** -125],
    [-0, -0, -0],
  ])('flushes what is below the normal range: %f + %f is %f', (left, right, expected) => {
    const out = new Float32Array(5);
    addFloat32(out, new Float32Array(5).fill(left), new Float32Array(5).fill(right));
    for (const value of out) expect(value).toBe(expected);
  });
});
