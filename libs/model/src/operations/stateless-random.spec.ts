import { describe, expect, it } from 'vitest';
import { nativeForTests } from '../testing/native.js';
import { wasmForTests } from '../testing/wasm.js';
import type { SeedPair } from './operations.js';

const { operations: native } = nativeForTests();
const wasm = await wasmForTests();

const seeds: SeedPair[] = [
  [0, 0],
  [1, 2],
  [-1, -2147483648],
  [2147483647, -77],
];
const shapes = [[1], [3], [4], [5], [7, 9], [100, 1001]];

/** Of both engines. */
function both(compute: (operations: typeof native | typeof wasm) => ReturnType<typeof native.fill>) {
  return [native, wasm].map((operations) => {
    const tensor = compute(operations);
    const values = operations.read(tensor).slice();
    tensor.dispose();
    return values;
  }) as [Float32Array, Float32Array];
}

describe.each(seeds)('draws of the seeds %i and %i', (...seed) => {
  it.each(shapes)('are TensorFlow’s to the bit where they are even: [%s, %s]', (...shape) => {
    for (const rate of [0.1, 0.5, 0.9]) {
      const [theirs, ours] = both((operations) => operations.dropoutMask(shape, rate, seed));
      expect(Buffer.compare(Buffer.from(ours.buffer), Buffer.from(theirs.buffer))).toBe(0);
    }
    for (const limit of [0.013, 1, 3]) {
      const [theirs, ours] = both((operations) => operations.uniform(shape, limit, seed));
      expect(Buffer.compare(Buffer.from(ours.buffer), Buffer.from(theirs.buffer))).toBe(0);
    }
  });

  it('are TensorFlow’s to the last bits where they are normal', () => {
    const [theirs, ours] = both((operations) => operations.normal([100, 1001], 0.01, seed));
    let others = 0;
    for (const [at, value] of ours.entries()) {
      if (value !== theirs[at]) others++;
      // Two units in the last place, and the cosine near its zeros, where its argument was rounded.
      expect(Math.abs(value - theirs[at]!)).toBeLessThan(Math.abs(value) * 2.5e-7 + 1e-9);
    }
    expect(others / ours.length).toBeLessThan(0.05);
  });
});
