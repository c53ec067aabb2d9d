import { KERNEL_PAYS_ELEMENTS, sumKernel } from './sums/sum-kernel.js';

// bfloat16 is the upper half of float32: the same exponents, 8 significant bits.

const EXPONENT = 0x7f800000;
const QUIET = 0x00400000;

function nearest(bits: number): number {
  if ((bits & EXPONENT) === EXPONENT) return (bits & 0x7fffff) === 0 ? bits : (bits | QUIET) & 0xffff0000;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000;
}

/** Rounds each element to the nearest bfloat16, ties to even, in place. Infinities and NaN stay what they are. */
export function roundToBfloat16(values: Float32Array): void {
  if (values.length < KERNEL_PAYS_ELEMENTS) roundOneByOne(values);
  else sumKernel().round(values);
}

/** roundToBfloat16 without WebAssembly. */
export function roundOneByOne(values: Float32Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) bits[i] = nearest(bits[i]!);
}

/** The elements `start` … `end - 1`, which are bfloat16 already, in two bytes each, little-endian. */
export function encodeBfloat16(values: Float32Array, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(2 * (end - start));
  sumKernel().narrow(values.subarray(start, end), bytes);
  return bytes;
}

/** Writes the elements of `bytes` to the beginning of `values`. */
export function decodeBfloat16(bytes: Uint8Array, values: Float32Array): void {
  sumKernel().widen(bytes, values.subarray(0, bytes.byteLength / 2));
}
