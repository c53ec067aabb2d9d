import { RandomStream, StreamPurpose } from '@tandem/core';
import { describe, expect, it } from 'vitest';
import { addOneByOne } from '../add-float32.js';
import { roundOneByOne } from '../bfloat16.js';
import { sumKernel } from './sum-kernel.js';

const random = new RandomStream(5, StreamPurpose.statistics);

/** All there is among float32 bits: half of it at the edges, where flushing, overflow and ties are. */
function anyFloats(length: number, half: 0 | 1): Float32Array {
  const floats = new Float32Array(new SharedArrayBuffer((length + half) * 4)).subarray(half);
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, length);
  const edges = [0, 0x80000000, 0x00800000, 0x007fffff, 0x80800000, 0x7f7fffff, 0x7f800000, 0xff800000, 0x7fc00000];
  for (let i = 0; i < length; i++)
    bits[i] =
      random.below(2) === 0 ? random.below(2 ** 32) : (edges[random.below(edges.length)]! + random.below(9) - 4) >>> 0;
  return floats;
}

/** Bit by bit; of NaN, that they are. */
function expectSame(actual: Float32Array, expected: Float32Array): void {
  const [a, b] = [actual, expected].map((values) => new Uint32Array(values.buffer, values.byteOffset, values.length));
  const differs = a!.findIndex(
    (bits, at) => bits !== b![at] && !(Number.isNaN(actual[at]) && Number.isNaN(expected[at])),
  );
  expect(differs).toBe(-1);
}

describe.each([0, 1, 3, 4, 5, 8191, 8192, 8193, 30_001])('the kernel, with %i elements', (length) => {
  it.each([
    [0, 0, 0],
    [1, 1, 1],
    [0, 1, 0],
    [1, 0, 1],
  ] as const)('adds and rounds the bits that a plain loop does, at halves %i, %i, %i of words', (...halves) => {
    const [left, right, out] = halves.map((half) => anyFloats(length, half)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const expected = new Float32Array(length);
    addOneByOne(expected, left, right);
    sumKernel().add(out, left, right, false);
    expectSame(out, expected);
    roundOneByOne(expected);
    sumKernel().add(out, left, right, true);
    expectSame(out, expected);
    sumKernel().add(left, left, right, true);
    expectSame(left, expected);
    const values = right.slice();
    roundOneByOne(values);
    sumKernel().round(right);
    expectSame(right, values);
  });
});

it('writes nothing beyond what it was given', () => {
  const out = new Float32Array(20_000).fill(7);
  sumKernel().add(out.subarray(3, 8199), new Float32Array(8196), new Float32Array(8196), false);
  expect(out.findIndex((value) => value !== 7)).toBe(3);
  expect(out.subarray(8199).every((value) => value === 7)).toBe(true);
});
