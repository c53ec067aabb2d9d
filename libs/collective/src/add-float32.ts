import { KERNEL_PAYS_ELEMENTS, sumKernel } from './sums/sum-kernel.js';

const SMALLEST_NORMAL = 2 ** -126;
/** A sum of twice this or more does not depend, after rounding, on whether a subnormal operand counts as zero. */
const TINY = 2 ** -97;

function flushed(value: number): number {
  return Math.abs(value) < SMALLEST_NORMAL ? value * 0 : value;
}

/** Operands and result below the normal range count as zeros of their sign. */
function addTiny(left: number, right: number): number {
  return flushed(flushed(left) + flushed(right));
}

/**
 * 0 < |sum| < 2·TINY in one comparison, which is then practically always false: gradients are full of zeros, and a
 * branch that each of them takes is mispredicted half the time.
 */
function isTiny(sum: number): boolean {
  return Math.abs(Math.abs(sum) - TINY) < TINY;
}

/**
 * out = left + right, element by element, each rounded to float32; `out` may be either of them. These are the very bits of
 * TensorFlow's Add, so it does not matter which of the two adds: subnormals are flushed to zero, as TensorFlow's threads do.
 * (A sum of two NaN is a NaN of either's bits.)
 */
export function addFloat32(out: Float32Array, left: Float32Array, right: Float32Array): void {
  if (out.length < KERNEL_PAYS_ELEMENTS) addOneByOne(out, left, right);
  else sumKernel().add(out, left, right, false);
}

/**
 * addFloat32 without WebAssembly: V8 adds in double precision and rounds once more on the store, which for one addition is
 * the float32 sum.
 */
export function addOneByOne(out: Float32Array, left: Float32Array, right: Float32Array): void {
  const length = out.length;
  let i = 0;
  // Four a turn: V8 does not unroll.
  for (; i + 3 < length; i += 4) {
    const a = (left[i] as number) + (right[i] as number);
    const b = (left[i + 1] as number) + (right[i + 1] as number);
    const c = (left[i + 2] as number) + (right[i + 2] as number);
    const d = (left[i + 3] as number) + (right[i + 3] as number);
    out[i] = isTiny(a) ? addTiny(left[i] as number, right[i] as number) : a;
    out[i + 1] = isTiny(b) ? addTiny(left[i + 1] as number, right[i + 1] as number) : b;
    out[i + 2] = isTiny(c) ? addTiny(left[i + 2] as number, right[i + 2] as number) : c;
    out[i + 3] = isTiny(d) ? addTiny(left[i + 3] as number, right[i + 3] as number) : d;
  }
  for (; i < length; i++) {
    const sum = (left[i] as number) + (right[i] as number);
    out[i] = isTiny(sum) ? addTiny(left[i] as number, right[i] as number) : sum;
  }
}
