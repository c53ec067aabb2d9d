import { loadTensorFlow } from '@tandem/runtime';
import { describe, expect, it } from 'vitest';
import { NativeOperations } from './native-operations.js';

const operations = new NativeOperations(loadTensorFlow({ threads: 1, device: 'cpu' }));

/** Values in −1…1 that look like nothing in particular. */
function values(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, at) => Math.sin(1 + at * 12.9898 + seed * 78.233));
}

/** x [rows, columns] without its last columns. */
function cut(x: Float32Array, columns: number, kept: number): Float32Array {
  return x.filter((_, at) => at % columns < kept);
}

function product(
  x: Float32Array,
  d: Float32Array,
  rows: number,
): { readonly sums: Float32Array; readonly exact: number[] } {
  const [inputs, outputs] = [x.length / rows, d.length / rows];
  const [a, b] = [operations.fromFloat32(x, [rows, inputs]), operations.fromFloat32(d, [rows, outputs])];
  const made = operations.factorProduct(a, b);
  expect(made.shape).toEqual([inputs, outputs]);
  const sums = operations.read(made).slice();
  for (const tensor of [a, b, made]) tensor.dispose();
  const exact = Array.from({ length: inputs * outputs }, (_, at) => {
    const [i, o] = [Math.floor(at / outputs), at % outputs];
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += x[row * inputs + i]! * d[row * outputs + o]!;
    return sum;
  });
  return { sums, exact };
}

describe('the product of factors', () => {
  it.each([
    { rows: 1, inputs: 1, outputs: 1 },
    { rows: 3, inputs: 17, outputs: 33 },
    { rows: 64, inputs: 50, outputs: 100 },
    { rows: 300, inputs: 131, outputs: 65 },
  ])('is xᵀ·d of $rows rows, $inputs inputs and $outputs outputs', ({ rows, inputs, outputs }) => {
    const { sums, exact } = product(values(rows * inputs, 1), values(rows * outputs, 2), rows);
    for (const [at, sum] of exact.entries()) expect(sums[at]).toBeCloseTo(sum, 4);
  });

  it('has elements with the same bits among other inputs and outputs, and with rows of zeros after', () => {
    const [rows, inputs, outputs] = [40, 23, 70];
    const [x, d] = [values(rows * inputs, 1), values(rows * outputs, 2)];
    const { sums: all } = product(x, d, rows);
    const { sums: some } = product(cut(x, inputs, 5), cut(d, outputs, 9), rows);
    expect(some).toEqual(cut(all, outputs, 9).slice(0, 5 * 9));
    const longer = (from: Float32Array, columns: number) => Float32Array.of(...from, ...new Float32Array(7 * columns));
    expect(product(longer(x, inputs), longer(d, outputs), rows + 7).sums).toEqual(all);
  });

  it('is made of chains of fused multiply-adds over the rows', () => {
    const [rows, inputs, outputs] = [9, 2, 3];
    const [x, d] = [values(rows * inputs, 3), values(rows * outputs, 4)];
    const { sums } = product(x, d, rows);
    for (let at = 0; at < inputs * outputs; at++) {
      const [i, o] = [Math.floor(at / outputs), at % outputs];
      let sum = 0;
      // A product of two float32 is exact in float64; to round the sum twice differs once in 2²⁹ times.
      for (let row = 0; row < rows; row++) sum = Math.fround(x[row * inputs + i]! * d[row * outputs + o]! + sum);
      expect(sums[at]).toBe(sum);
    }
  });
});
