import type { Padding } from '@tandem/model';

/** Zeros before and after one side that TensorFlow's padding comes to. Of an odd number, SAME puts the larger part after. */
export function windowPadding(
  size: number,
  window: number,
  stride: number,
  padding: Padding,
): readonly [before: number, after: number] {
  if (padding === 'VALID') return [0, 0];
  if (padding !== 'SAME') return [padding, padding];
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + window - size, 0);
  return [total >> 1, total - (total >> 1)];
}
