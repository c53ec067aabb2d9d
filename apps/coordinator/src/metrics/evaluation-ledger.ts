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
  /** Those whose pieces are in. */
  readonly from: Set<string>;
  missing: number;
}

/** Gathers the pieces of evaluations from whoever was dealt them. */
export class EvaluationLedger {
  readonly #evaluations = new Map<number, Evaluation>();

  /** A generation begins after `step`. What was not complete is done again, or lost: gives the steps of what is lost. */
  enter(step: number): number[] {
    const lost = [...this.#evaluations.keys()].filter((open) => open < step);
    this.#evaluations.clear();
    return lost;
  }

  /** Throws a RunError (`TANDEM_PROTOCOL`) for a piece that two tell, or one out of range. */
  add({ name, rank }: { readonly name: string; readonly rank: number | undefined }, report: EvaluationReport): void {
    const { step, generation, totalPieces } = report;
    let evaluation = this.#evaluations.get(step);
    if (evaluation !== undefined && evaluation.generation > generation) return;
    if (evaluation === undefined || evaluation.generation < generation)
      evaluation = {
        generation,
        pieces: Array.from({ length: totalPieces }, () => undefined),
        from: new Set(),
        missing: totalPieces,
      };
    this.#evaluations.set(step, evaluation);
    const { pieces, from } = evaluation;
    // Told again, to a coordinator that may not have heard.
    if (from.has(name)) return;
    from.add(name);
    const who = rank === undefined ? name : `rank ${rank}`;
    if (totalPieces !== pieces.length)
      throw protocolFault(who, `cut the evaluation in ${totalPieces} pieces where others cut it in ${pieces.length}`);
    for (const piece of report.pieces) {
      if (piece.index >= pieces.length || pieces[piece.index] !== undefined)
        throw protocolFault(who, `reported piece ${piece.index} of ${pieces.length} that was not expected`);
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
