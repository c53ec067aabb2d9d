import type { NativeOperations } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';

/**
 * Whether sums, and products aᵀ·b of factors, are finite: yes or *perhaps not*, for one pass over them at the speed of memory
 * and without making the products. Half the sum of squares is infinite or no number where a value is. Of a product, each value
 * is at most ‖a‖·‖b‖ (Cauchy and Schwarz), and ½‖a‖²·½‖b‖² is finite in float32 up to ‖a‖·‖b‖ ≈ 3.7·10¹⁹: far below the largest
 * float32. So a finite answer is certain. Values above about 10¹⁹ are finite and not known to be: look at each then.
 */
export function areSurelyFinite(
  { backend }: Pick<NativeOperations, 'backend'>,
  sums: readonly Tensor[],
  factors: readonly (readonly [Tensor, Tensor])[],
): boolean {
  const float = [backend.type('T')];
  const halfSquares = (x: Tensor) => backend.run('L2Loss', float, [x]);
  const parts = sums.map(halfSquares);
  for (const [a, b] of factors) {
    const [ofA, ofB] = [halfSquares(a), halfSquares(b)];
    parts.push(backend.run('Mul', float, [ofA, ofB]));
    ofA.dispose();
    ofB.dispose();
  }
  if (parts.length === 0) return true;
  // One number is waited for, not one of each.
  const total = backend.run('AddN', [backend.integer('N', parts.length), ...float], parts);
  const [value] = total.dataSync<'float32'>();
  for (const tensor of [...parts, total]) tensor.dispose();
  return Number.isFinite(value);
}

/** The exact answer, value by value. */
export function areAllFinite(values: Float32Array): boolean {
  for (let at = 0; at < values.length; at++) if (!Number.isFinite(values[at])) return false;
  return true;
}
