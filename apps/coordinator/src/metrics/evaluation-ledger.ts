import type { EvaluationPiece, EvaluationReport } from '@tandem/rpc';
import { protocolFault } from '../errors.js';
import type { EvaluationRow } from './rows.js';

interface Evaluation {
  readonly pieces: (EvaluationPiece | undefined)[];
  missing: number;
}

/** Gathers the pieces of evaluations from whoever was dealt them. */
export class EvaluationLedger {
  readonly #evaluations = new Map<number, Evaluation>();

  /** Throws a RunError (`TANDEM_PROTOCOL`) for a piece told twice or out of range. */
  add(rank: number, report: EvaluationReport): void {
    const evaluation = this.#evaluations.get(report.step) ?? {
      pieces: Array.from({ length: report.totalPieces }, () => undefined),
      missing: report.totalPieces,
    };
    this.#evaluations.set(report.step, evaluation);
    const { pieces } = evaluation;
    if (report.totalPieces !== pieces.length)
      throw protocolFault(
        `rank ${rank}`,
        `cut the evaluation in ${report.totalPieces} pieces where others cut it in ${pieces.length}`,
      );
    for (const piece of report.pieces) {
      if (piece.index >= pieces.length || pieces[piece.index] !== undefined)
        throw protocolFault(`rank ${rank}`, `reported piece ${piece.index} of ${pieces.length} that was not expected`);
      pieces[piece.index] = piece;
      evaluation.missing--;
    }
  }

  /** Whether some of the evaluation after `step` is in, but not all. */
  isOpen(step: number): boolean {
    return (this.#evaluations.get(step)?.missing ?? 0) > 0;
  }

  /** The evaluation after `step`, once, when all pieces are in. Folded in the order of the pieces, whoever had them. */
  take(step: number): EvaluationRow | undefined {
    const evaluation = this.#evaluations.get(step);
    if (evaluation === undefined || evaluation.missing > 0) return undefined;
    this.#evaluations.delete(step);
    let samples = 0;
    let top1 = 0;
    let top5 = 0;
    let loss = 0;
    for (const piece of evaluation.pieces as EvaluationPiece[]) {
      samples += piece.samples;
      top1 += piece.top1Errors;
      top5 += piece.top5Errors;
      loss += piece.loss;
    }
    if (samples === 0) return undefined;
    return { type: 'eval', step, top1: top1 / samples, top5: top5 / samples, loss: loss / samples };
  }
}
