import type { EvaluationReport, StepReport } from '@tandem/rpc';
import { EvaluationLedger } from './evaluation-ledger.js';
import type { MetricsFile } from './metrics-file.js';
import { type EvaluationRow, type StepRow, stepRow } from './rows.js';
import { type Reporter, StepLedger } from './step-ledger.js';

/** Hears of rows when they are in the file. */
export interface BooksObserver {
  stepped(row: StepRow, reports: readonly StepReport[]): void;
  /** Undefined: of an evaluation in which no sample could be read. */
  evaluated(row: EvaluationRow | undefined): void;
  /** Nobody who is left has a report of this: it is missing in the file. */
  lost(what: 'step' | 'eval', step: number): void;
}

export interface BooksOptions {
  /** The last step in the file. */
  readonly lastCommittedStep: number;
  readonly file: MetricsFile;
  readonly observer: BooksObserver;
}

/**
 * Turns the ranks' reports, in whatever order they come, into rows in step order: a step's row when all ranks have
 * reported it, an evaluation's after the step it belongs to and before the next. Each once, also where steps are run again.
 */
export class Books {
  readonly #file: MetricsFile;
  readonly #observer: BooksObserver;
  readonly #steps: StepLedger;
  readonly #evaluations = new EvaluationLedger();
  /** Top-1 errors in samples, of each evaluation since this began. */
  readonly #errors = new Map<number, number>();

  constructor(options: BooksOptions) {
    this.#file = options.file;
    this.#observer = options.observer;
    this.#steps = new StepLedger(options.lastCommittedStep);
  }

  /** The last step in the file. */
  get step(): number {
    return this.#steps.next - 1;
  }

  /** The step of the last evaluation that needs nothing more of anybody; 0: there was none. */
  get lastEvaluation(): number {
    return Math.max(this.#file.evaluations.at(-1)?.[0] ?? 0, ...this.#errors.keys());
  }

  /** Evaluations up to `step`, in order: after which step, and the top-1 errors in samples of a set of `samples`. */
  evaluationsUpTo(step: number, samples: number): readonly (readonly [step: number, errors: number])[] {
    const recorded = new Map(this.#file.evaluations.map(([of, top1]) => [of, Math.round(top1 * samples)]));
    // Exact also where broken images were left out.
    for (const [of, errors] of this.#errors) recorded.set(of, errors);
    return [...recorded].filter(([of]) => of <= step).sort(([one], [other]) => one - other);
  }

  /** A generation trains that began before this coordinator: nothing that has been told of it is dropped. */
  adopt(generation: number): void {
    this.#steps.adopt(generation);
  }

  /**
   * A generation begins after `step`. Steps up to there are committed, also where a rank that has died had not reported
   * them; the later ones are run again. Throws a RunError: see StepLedger and MetricsFile.
   */
  enter(generation: number, step: number): void {
    this.#write();
    while (this.step < step) {
      const reports = this.#steps.peek({ some: true });
      if (reports !== undefined) this.#append(reports);
      else {
        this.#observer.lost('step', this.#steps.next);
        this.#steps.take();
      }
      this.#writeEvaluation();
    }
    for (const evaluation of this.#evaluations.enter(step)) this.#observer.lost('eval', evaluation);
    this.#steps.enter(generation, step);
  }

  /** Throws a RunError: see StepLedger and MetricsFile. */
  addStep(reporter: Reporter, report: StepReport): void {
    this.#steps.add(reporter, report);
    this.#write();
  }

  /** Throws a RunError: see EvaluationLedger and MetricsFile. */
  addEvaluation(reporter: Reporter, report: EvaluationReport): void {
    if (this.#file.hasEvaluation(report.step)) return;
    this.#evaluations.add(reporter, report);
    this.#write();
  }

  #write(): void {
    for (;;) {
      this.#writeEvaluation();
      // A rank without pieces of an evaluation may run ahead of it.
      if (this.#evaluations.isOpen(this.step)) return;
      const reports = this.#steps.peek();
      if (reports === undefined) return;
      this.#append(reports);
    }
  }

  #append(reports: readonly StepReport[]): void {
    const row = stepRow(reports);
    this.#file.append(row);
    this.#steps.take();
    this.#observer.stepped(row, reports);
  }

  #writeEvaluation(): void {
    const { step } = this;
    const evaluation = this.#evaluations.take(step);
    if (evaluation === undefined || this.#file.hasEvaluation(step)) return;
    const { row, top1Errors } = evaluation;
    this.#errors.set(step, top1Errors);
    if (row !== undefined) this.#file.append(row);
    this.#observer.evaluated(row);
  }
}
