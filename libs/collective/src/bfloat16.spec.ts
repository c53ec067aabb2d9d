import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBfloat16, encodeBfloat16, roundToBfloat16 } from './bfloat16.js';

function rounded(...values: number[]): number[] {
  const array = Float32Array.from(values);
  roundToBfloat16(array);
  return [...array];
}

describe('roundToBfloat16', () => {
  it.each([
    ['what it can hold', [1, -2.5, 0, 2 ** 100, 2 ** -130], [1, -2.5, 0, 2 ** 100, 2 ** -130]],
    // 1 + 2⁻⁷ is the next after 1; half-way goes to the even one.
    ['to the nearest', [1 + 2 ** -9, 1 + 3 * 2 ** -9], [1, 1 + 2 ** -7]],
    ['ties to even', [1 + 2 ** -8, 1 + 3 * 2 ** -8], [1, 1 + 2 ** -6]],
    ['what is too large', [3.4e38, -3.4e38], [Infinity, -Infinity]],
    ['what is no number', [Infinity, -Infinity, NaN], [Infinity, -Infinity, NaN]],
  ])('rounds %s', (_, values, expected) => {
    expect(rounded(...values)).toEqual(expected);
  });

  it('keeps a NaN whose bits are all in the lower half', () => {
    const bits = Uint32Array.of(0x7f800001);
    roundToBfloat16(new Float32Array(bits.buffer));
    expect(new Float32Array(bits.buffer)[0]).toBeNaN();
  });

  it('is within 2⁻⁸ of any value in the normal range, and rounds nothing twice', () => {
    fc.assert(
      fc.property(
        fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e38), max: Math.fround(1e38) }),
        (value) => {
          const [once] = rounded(value) as [number];
          expect(Math.abs(once - value)).toBeLessThanOrEqual(Math.max(Math.abs(value) * 2 ** -8, 2 ** -134));
          expect(rounded(once)).toEqual([once]);
        },
      ),
    );
  });
});

describe('the bytes of bfloat16', () => {
  it('bring rounded values back, from any place', () => {
    const values = Float32Array.from([9, 1.5, -0, 3e-39, -7e20, NaN, Infinity, 9]);
    roundToBfloat16(values);
    const bytes = encodeBfloat16(values, 1, 7);
    expect(bytes.byteLength).toBe(12);
    const unaligned = new Uint8Array(13);
    unaligned.set(bytes, 1);
    const back = new Float32Array(6);
    decodeBfloat16(unaligned.subarray(1), back);
    expect(back).toEqual(values.slice(1, 7));
  });

  it.each([0, 7, 8, 8191, 8192, 20_001])('are the upper halves of %i values, from any word to any word', (length) => {
    const shared = (bytes: number) => new SharedArrayBuffer(bytes);
    const values = new Float32Array(shared(4 * length + 8)).map((_, at) => Math.sin(at) * 2 ** ((at % 99) - 50));
    roundToBfloat16(values);
    for (const half of [0, 1]) {
      const bytes = encodeBfloat16(values, half, half + length);
      const upper = new Uint16Array(values.buffer);
      expect(new Uint16Array(bytes.buffer)).toEqual(
        Uint16Array.from({ length }, (_, at) => upper[2 * (half + at) + 1]!),
      );
      const back = new Float32Array(shared(4 * length + 8)).fill(7);
      decodeBfloat16(bytes, back.subarray(1 - half));
      expect(back.subarray(1 - half, 1 - half + length)).toEqual(values.subarray(half, half + length));
      expect(back.subarray(1 - half + length)).toEqual(new Float32Array(1 + half).fill(7));
    }
  });
});
