import type { Operations } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';

/**
 * Of each tensor, the sum of its values' bits as 32-bit integers, modulo 2³², in hexadecimal: a pass at the speed of memory
 * where a SHA-256 takes ten times as long. Integers add up to the same in any order and by any number of threads. One bit that
 * is flipped changes the sum, by a power of two; so does one value that is another one, whatever its bits were. Disposes the
 * tensors, which are taken one at a time.
 */
export function bitSums(operations: Pick<Operations, 'bitSums'>, tensors: Iterable<Tensor>): string[] {
  return operations.bitSums(tensors).map((sum) => sum.toString(16).padStart(8, '0'));
}
