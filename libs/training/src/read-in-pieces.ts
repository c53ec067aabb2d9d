import type { Operations } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';

/**
 * Values that are read out of TensorFlow at a time: 4 MiB. Every read is new memory, and for hundreds of megabytes the system's
 * page faults take longer than the copying does, and what is not collected yet counts into a worker's peak; small pieces come
 * from memory that was used before.
 */
const PIECE = 1024 * 1024;

/** Calls `use` with a tensor's values, flat and in order, and where each piece starts. */
export function readInPieces(
  operations: Operations,
  value: Tensor,
  use: (piece: Float32Array, start: number) => void,
): void {
  if (value.size <= PIECE) {
    use(operations.read(value), 0);
    return;
  }
  const flat = operations.reshape(value, [value.size]);
  for (let start = 0; start < value.size; start += PIECE) {
    const piece = operations.rows(flat, start, Math.min(PIECE, value.size - start));
    use(operations.read(piece), start);
    piece.dispose();
  }
  flat.dispose();
}
