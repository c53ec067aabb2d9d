import { roundToBfloat16 } from '../bfloat16.js';
import type { Encoding } from '../bucket-plan.js';
import { encodedLeafOf, leafOf } from './ranks.js';

/** The canonical fold written down directly, one element at a time: float32 at every addition. */
export function canonicalFold(step: number, microBatches: number, length: number, encoding?: Encoding): Float32Array {
  const leaves = Array.from({ length: microBatches }, (_, leaf) => encodedLeafOf(step, leaf, length, encoding));
  const sum = (start: number, end: number, at: number): number => {
    if (end - start === 1) return leaves[start]?.[at] as number;
    let left = 1;
    while (left * 2 < end - start) left *= 2;
    return Math.fround(sum(start, start + left, at) + sum(start + left, end, at));
  };
  const mean = Float32Array.from({ length }, (_, at) => sum(0, microBatches, at));
  if (encoding === 'bfloat16') roundToBfloat16(mean);
  return mean;
}

/** In double precision, with the sum of magnitudes, which the rounding error is a fraction of. */
export function exactSum(step: number, microBatches: number, length: number): { sum: number; magnitude: number }[] {
  const leaves = Array.from({ length: microBatches }, (_, leaf) => leafOf(step, leaf, length));
  return Array.from({ length }, (_, at) => ({
    sum: leaves.reduce((sum, leaf) => sum + (leaf[at] as number), 0),
    magnitude: leaves.reduce((sum, leaf) => sum + Math.abs(leaf[at] as number), 0),
  }));
}
