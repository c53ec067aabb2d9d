import type { Range } from '@tandem/core';

/** How many pieces of `pieceSize` samples an evaluation set is cut into; the last may be short. */
export function evaluationPieceCount(samples: number, pieceSize: number): number {
  return Math.ceil(samples / pieceSize);
}

/** The samples of piece `index`. */
export function evaluationPieceRange(samples: number, pieceSize: number, index: number): Range {
  return { start: index * pieceSize, end: Math.min((index + 1) * pieceSize, samples) };
}
