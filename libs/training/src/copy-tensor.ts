import type { NativeOperations } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';

/**
 * Values that are read out of TensorFlow at a time: 4 MiB. Every read is new memory, and for hundreds of megabytes the system's
 * page faults take longer than the copying does; small pieces come from memory that was used before.
 */
const PIECE = 1024 * 1024;

/** Copies a tensor's values to `target`. */
export function copyTensor(operations: NativeOperations, value: Tensor, target: Float32Array): void {
  if (value.size <= PIECE) {
    target.set(operations.read(value));
    return;
  }
  const flat = operations.reshape(value, [value.size]);
  for (let start = 0; start < value.size; start += PIECE) {
    const piece = operations.rows(flat, start, Math.min(PIECE, value.size - start));
    target.set(operations.read(piece), start);
    piece.dispose();
  }
  flat.dispose();
}
