import type { EvaluationReport, StepReport } from '@tandem/rpc';
import { EvaluationLedger } from './evaluation-ledger.js';
import type { MetricsFile } from './metrics-file.js';
import { type EvaluationRow, type StepRow, stepRow } from './rows.js';
import { StepLedger } from './step-ledger.js';

/** Hears of rows when they are in the file. */
export interface BooksObserver {
  stepped(row: StepRow, reports: readonly StepReport[]): void;
  evaluated(row: EvaluationRow): void;
}

export interface BooksOptions {
  readonly worldSize: number;
  /** The generation starts with the step after this one. */
  readonly lastCommittedStep: number;
  readonly file: MetricsFile;
  readonly observer: BooksObserver;
}

/**
 * Turns the ranks' reports, in whatever order they come, into rows in step order: a step's row when all ranks have
 * reported it, an evaluation's after the step it belongs to and before the next.
 */
export class Books {
  readonly #file: MetricsFile;
  readonly #observer: BooksObserver;
  readonly #steps: StepLedger;
  readonly #evaluations = new EvaluationLedger();
  #step: number;

  constructor(options: BooksOptions) {
    this.#file = options.file;
    this.#observer = options.observer;
    this.#steps = new StepLedger(options.worldSize, options.lastCommittedStep);
    this.#step = options.lastCommittedStep;
  }

  /** The last step that all ranks have committed. */
  get step(): number {
    return this.#step;
  }

  /** Throws a RunError: see StepLedger and MetricsFile. */
  addStep(rank: number, report: StepReport): void {
    this.#steps.add(rank, report);
    this.#write();
  }

  /** Throws a RunError: see EvaluationLedger and MetricsFile. */
  addEvaluation(rank: number, report: EvaluationReport): void {
    this.#evaluations.add(rank, report);
    this.#write();
  }

  #write(): void {
    for (;;) {
      const evaluation = this.#evaluations.take(this.#step);
      if (evaluation !== undefined && !this.#file.hasEvaluation(evaluation.step)) {
        this.#file.append(evaluation);
        this.#observer.evaluated(evaluation);
      }
      // A rank without pieces of an evaluation may run ahead of it.
      if (this.#evaluations.isOpen(this.#step)) return;
      const reports = this.#steps.peek();
      if (reports === undefined) return;
      const row = stepRow(reports);
      this.#file.append(row);
      this.#steps.take();
      this.#step = row.step;
      this.#observer.stepped(row, reports);
    }
  }
}
