import type { EvaluationPiece, EvaluationReport } from '@tandem/rpc';
import { protocolFault } from '../errors.js';
import type { EvaluationRow } from './rows.js';

/** An evaluation of which all pieces are in. */
export interface CompleteEvaluation {
  /** Undefined where every sample of the set was left out. */
  readonly row: EvaluationRow | undefined;
  /** In samples. */
  readonly top1Errors: number;
}

interface Evaluation {
  readonly generation: number;
  readonly pieces: (EvaluationPiece | undefined)[];
  missing: number;
}

/** Gathers the pieces of evaluations from whoever was dealt them, or has done them as well. */
export class EvaluationLedger {
  readonly #evaluations = new Map<number, Evaluation>();

  /** A generation begins after `step`. What was not complete is done again, or lost: gives the steps of what is lost. */
  enter(step: number): number[] {
    const lost = [...this.#evaluations.keys()].filter((open) => open < step);
    this.#evaluations.clear();
    return lost;
  }

  /** Throws a RunError (`TANDEM_PROTOCOL`) for a piece that was told otherwise before, or one out of range. */
  add({ name, rank }: { readonly name: string; readonly rank: number | undefined }, report: EvaluationReport): void {
    const { step, generation, totalPieces } = report;
    let evaluation = this.#evaluations.get(step);
    if (evaluation !== undefined && evaluation.generation > generation) return;
    if (evaluation === undefined || evaluation.generation < generation)
      evaluation = {
        generation,
        pieces: Array.from({ length: totalPieces }, () => undefined),
        missing: totalPieces,
      };
    this.#evaluations.set(step, evaluation);
    const { pieces } = evaluation;
    const who = rank === undefined ? name : `rank ${rank}`;
    if (totalPieces !== pieces.length)
      throw protocolFault(who, `cut the evaluation in ${totalPieces} pieces where others cut it in ${pieces.length}`);
    for (const piece of report.pieces) {
      if (piece.index >= pieces.length)
        throw protocolFault(who, `reported piece ${piece.index} of ${pieces.length} that was not expected`);
      const known = pieces[piece.index];
      if (known !== undefined && !isSame(known, piece))
        throw protocolFault(
          who,
          `reported piece ${piece.index} of the evaluation after step ${step} otherwise than it was reported before`,
        );
      if (known !== undefined) continue;
      pieces[piece.index] = piece;
      evaluation.missing--;
    }
  }

  /** Whether some of the evaluation after `step` is in, but not all. */
  isOpen(step: number): boolean {
    return (this.#evaluations.get(step)?.missing ?? 0) > 0;
  }

  /** The evaluation after `step`, once, when all pieces are in. Folded in the order of the pieces, whoever had them. */
  take(step: number): CompleteEvaluation | undefined {
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
    const mean = { top1: top1 / samples, top5: top5 / samples, loss: loss / samples };
    return { row: samples === 0 ? undefined : { type: 'eval', step, ...mean }, top1Errors: top1 };
  }
}

/** Told again, to a coordinator that may not have heard, or done by another worker while there was none. */
function isSame(one: EvaluationPiece, other: EvaluationPiece): boolean {
  const { samples, top1Errors, top5Errors, loss } = one;
  return (
    samples === other.samples &&
    top1Errors === other.top1Errors &&
    top5Errors === other.top5Errors &&
    Object.is(loss, other.loss)
  );
}
