import type { Range, RunConfig } from '@tandem/core';

/** Samples a piece: `evaluation.batch` rows, of which every crop of an image is one. */
export function evaluationPieceSize({ batch, crops }: RunConfig['evaluation']): number {
  return Math.max(1, Math.floor(batch / crops));
}

/** How many pieces of `pieceSize` samples an evaluation set is cut into; the last may be short. */
export function evaluationPieceCount(samples: number, pieceSize: number): number {
  return Math.ceil(samples / pieceSize);
}

/** The samples of piece `index`. */
export function evaluationPieceRange(samples: number, pieceSize: number, index: number): Range {
  return { start: index * pieceSize, end: Math.min((index + 1) * pieceSize, samples) };
}
