import type { EvaluationPiece } from '@tandem/dataset';
import { type ClassificationErrors, classificationErrors } from './classification-errors.js';
import type { Replica } from './replica.js';

export interface PieceErrors extends ClassificationErrors {
  readonly index: number;
  readonly samples: number;
}

export interface EvaluationSource {
  /** This rank's next piece of the evaluation set; undefined after the last. */
  next(): Promise<EvaluationPiece | undefined>;
}

/**
 * Runs the replica over this rank's pieces of the evaluation set. A piece is the same samples at any world size, so adding
 * up all pieces in order gives the same figures, to the last bit, whoever computed them.
 */
export async function evaluate(replica: Replica, pieces: EvaluationSource): Promise<PieceErrors[]> {
  const { operations, network } = replica;
  const results: PieceErrors[] = [];
  for (let piece = await pieces.next(); piece !== undefined; piece = await pieces.next()) {
    const samples = piece.labels.length;
    if (samples === 0) {
      // Every image of it was left out.
      piece.release();
      results.push({ index: piece.index, samples, top1Errors: 0, top5Errors: 0, loss: 0 });
      continue;
    }
    const images = operations.fromFloat32(piece.images, [samples, ...network.inputShape]);
    const logits = replica.withWeights((weights) => network.logits(operations, weights, images));
    const errors = classificationErrors(operations.read(logits), piece.labels);
    images.dispose();
    logits.dispose();
    piece.release();
    results.push({ index: piece.index, samples, ...errors });
  }
  return results;
}
