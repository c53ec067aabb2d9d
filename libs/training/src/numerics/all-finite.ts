import type { Operations } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';

/**
 * Whether sums, and products aᵀ·b of factors, are finite: yes or *perhaps not*, for one pass over them at the speed of memory
 * and without making the products. Half the sum of squares is infinite or no number where a value is. Of a product, each value
 * is at most ‖a‖·‖b‖ (Cauchy and Schwarz), and ½‖a‖²·½‖b‖² is finite in float32 up to ‖a‖·‖b‖ ≈ 3.7·10¹⁹: far below the largest
 * float32. So a finite answer is certain. Values above about 10¹⁹ are finite and not known to be: look at each then.
 */
export function areSurelyFinite(
  operations: Pick<Operations, 'halfSquareSum'>,
  sums: readonly Tensor[],
  factors: readonly (readonly [Tensor, Tensor])[],
): boolean {
  return Number.isFinite(operations.halfSquareSum(sums, factors));
}

/** The exact answer, value by value. */
export function areAllFinite(values: Float32Array): boolean {
  for (let at = 0; at < values.length; at++) if (!Number.isFinite(values[at])) return false;
  return true;
}
