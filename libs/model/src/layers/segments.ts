import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Operations } from '../operations/operations.js';

/** Calls `use` with each non-empty micro-batch's rows of the tensors, and disposes the slices. */
export function forEachSegment(
  operations: Operations,
  segments: readonly number[],
  tensors: readonly Tensor[],
  use: (segment: number, ...slices: Tensor[]) => void,
): void {
  const total = segments.reduce((sum, size) => sum + size, 0);
  let start = 0;
  for (const [segment, size] of segments.entries()) {
    if (size === 0) continue;
    if (size === total) {
      use(segment, ...tensors);
    } else {
      const slices = tensors.map((tensor) => operations.rows(tensor, start, size));
      use(segment, ...slices);
      for (const slice of slices) slice.dispose();
    }
    start += size;
  }
}
