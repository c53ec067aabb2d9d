import { HISTOGRAM_VALUES, strideOf } from '@tandem/observability';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';

/** Looks at the mean gradients of some steps as they are applied: after clipping, before weight decay and momentum. */
export interface GradientWatch {
  wants(step: number): boolean;
  /** All values of a parameter's, or HISTOGRAM_VALUES of them at most, evenly spaced; to be read during the call alone. */
  gradient(step: number, parameter: number, values: Float32Array): void;
}

/**
 * HISTOGRAM_VALUES elements at most of the product xᵀ·d, evenly spaced, each summed over the rows in their order. The whole
 * product of a large layer has some hundred times as many.
 */
export function sampledProduct(x: Tensor, d: Tensor, read: (tensor: Tensor) => Float32Array): Float32Array {
  const [rows, inputs] = x.shape as [number, number];
  const outputs = d.shape[1]!;
  const stride = strideOf(inputs * outputs, HISTOGRAM_VALUES);
  const count = Math.ceil((inputs * outputs) / stride);
  const input = Int32Array.from({ length: count }, (_, at) => Math.floor((at * stride) / outputs));
  const output = Int32Array.from({ length: count }, (_, at) => (at * stride) % outputs);
  const sums = new Float64Array(count);
  const [left, right] = [read(x), read(d)];
  // Row by row: what one row of each is read from stays near.
  for (let row = 0; row < rows; row++) {
    const [from, beside] = [row * inputs, row * outputs];
    for (let at = 0; at < count; at++) sums[at]! += left[from + input[at]!]! * right[beside + output[at]!]!;
  }
  return Float32Array.from(sums);
}
