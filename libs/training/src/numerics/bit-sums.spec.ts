import { describe, expect, it } from 'vitest';
import { operations, tf } from '../testing/rows.js';
import { bitSums } from './bit-sums.js';

const values = Float32Array.from({ length: 300 }, (_, index) => Math.sin(index) * 10 ** ((index % 60) - 30));
const sumOf = (of: Float32Array, shape = [of.length]) => bitSums(operations, [operations.fromFloat32(of, shape)])[0]!;

describe('bitSums', () => {
  it('is the sum of the bits, computed directly, in any shape', () => {
    let sum = 0;
    for (const bits of new Int32Array(values.buffer)) sum = (sum + bits) | 0;
    const expected = (sum >>> 0).toString(16).padStart(8, '0');
    for (const shape of [[300], [3, 100], [5, 6, 10], [1, 3, 10, 10]]) expect(sumOf(values, shape)).toBe(expected);
  });

  it('changes with every single bit, the sign of a zero and the bits of a NaN', () => {
    const whole = sumOf(values);
    for (let bit = 0; bit < 32 * 8; bit++) {
      const flipped = values.slice();
      new Int32Array(flipped.buffer)[17 + (bit >> 5)]! ^= 1 << (bit & 31);
      expect(sumOf(flipped), `bit ${bit}`).not.toBe(whole);
    }
    expect(sumOf(Float32Array.of(-0))).toBe('80000000');
    expect(sumOf(Float32Array.of(0))).toBe('00000000');
  });

  it('takes several at once, scalars too, and leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    const tensors = [operations.fromFloat32(Float32Array.of(1), []), operations.fromFloat32(values, [300])];
    expect(bitSums(operations, tensors)).toEqual(['3f800000', sumOf(values)]);
    expect(bitSums(operations, [])).toEqual([]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
