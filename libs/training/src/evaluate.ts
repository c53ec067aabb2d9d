import { setImmediate } from 'node:timers/promises';
import type { EvaluationPiece } from '@tandem/dataset';
import { averageCrops } from './average-crops.js';
import { type ClassificationErrors, classificationErrors } from './classification-errors.js';
import { type Classifier, classify } from './classifier.js';

export interface PieceErrors extends ClassificationErrors {
  readonly index: number;
  readonly samples: number;
}

export interface EvaluationSource {
  /** This rank's next piece of the evaluation set; undefined after the last. */
  next(): Promise<EvaluationPiece | undefined>;
}

/**
 * Runs a network over this rank's pieces of the evaluation set. A piece is the same samples at any world size, so adding
 * up all pieces in order gives the same figures, to the last bit, whoever computed them.
 */
export async function evaluate(classifier: Classifier, pieces: EvaluationSource): Promise<PieceErrors[]> {
  const results: PieceErrors[] = [];
  for (let piece = await pieces.next(); piece !== undefined; piece = await pieces.next()) {
    const { index, crops, images, labels } = piece;
    const samples = labels.length;
    if (samples === 0) {
      // Every image of it was left out.
      piece.release();
      results.push({ index, samples, top1Errors: 0, top5Errors: 0, loss: 0 });
      continue;
    }
    const logits = averageCrops(classify(classifier, images, samples * crops), samples, crops);
    const errors = classificationErrors(logits, labels);
    piece.release();
    results.push({ index, samples, ...errors });
    // As after a step: pieces come as messages, and nothing else would be heard meanwhile (training-loop.ts).
    await setImmediate();
  }
  return results;
}

/** All pieces of an evaluation, in order, as fractions and the mean loss. */
export function summarize(pieces: readonly PieceErrors[]): { top1: number; top5: number; loss: number } {
  const total = (of: (piece: PieceErrors) => number) => pieces.reduce((sum, piece) => sum + of(piece), 0);
  const samples = total((piece) => piece.samples);
  return {
    top1: total((piece) => piece.top1Errors) / samples,
    top5: total((piece) => piece.top5Errors) / samples,
    loss: total((piece) => piece.loss) / samples,
  };
}
