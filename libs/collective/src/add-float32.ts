/**
 * out = left + right, element by element, each rounded to float32; `out` may be either of them. V8 adds in double
 * precision and rounds once more on the store, which for one addition gives the very bits of a float32 addition.
 * Subnormal results are kept, unlike TensorFlow's kernels, which flush them to zero.
 */
export function addFloat32(out: Float32Array, left: Float32Array, right: Float32Array): void {
  const length = out.length;
  for (let i = 0; i < length; i++) out[i] = (left[i] as number) + (right[i] as number);
}
