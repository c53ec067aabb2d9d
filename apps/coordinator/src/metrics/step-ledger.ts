import type { StepReport } from '@tandem/rpc';
import { protocolFault, replicasDiffer } from '../errors.js';

/** Whose report it is. */
export interface Reporter {
  readonly name: string;
  /** In the present generation; undefined: it is in none. */
  readonly rank: number | undefined;
}

/** The reports of a step's ranks in one generation. */
type Reports = Map<string, { readonly rank: number; readonly report: StepReport }>;

/** Gathers the ranks' reports of each step, and gives them out step by step when all are in. */
export class StepLedger {
  readonly #pending = new Map<number, Reports>();
  /** The last step that each worker reported in this generation. */
  readonly #reported = new Map<string, number>();
  #generation = 0;
  #start: number;
  #next: number;

  constructor(lastCommittedStep: number) {
    this.#start = lastCommittedStep;
    this.#next = lastCommittedStep + 1;
  }

  /** The next step that is to be given out. */
  get next(): number {
    return this.#next;
  }

  /** A generation trains already. */
  adopt(generation: number): void {
    this.#generation = generation;
  }

  /** A generation begins after `step`: what was reported of later steps was not committed by all, and comes again. */
  enter(generation: number, step: number): void {
    this.#generation = generation;
    this.#start = step;
    this.#reported.clear();
    for (const pending of this.#pending.keys()) if (pending > step) this.#pending.delete(pending);
  }

  /**
   * A step that has been given out may be told again: by a worker that does not know, or because it was run again. Throws a
   * RunError (`TANDEM_PROTOCOL`) for a step left out.
   */
  add({ name, rank }: Reporter, report: StepReport): void {
    if (report.generation === this.#generation) {
      const last = this.#reported.get(name) ?? this.#start;
      if (rank !== undefined && report.step > last + 1)
        throw protocolFault(`rank ${rank}`, `reported step ${report.step} where ${last + 1} was next`);
      this.#reported.set(name, Math.max(last, report.step));
    }
    if (report.step < this.#next) return;
    const [known] = this.#pending.get(report.step)?.values() ?? [];
    if (known !== undefined && known.report.generation > report.generation) return;
    // Of a generation that did not come to an agreement on it.
    if (known !== undefined && known.report.generation < report.generation) this.#pending.delete(report.step);
    const reports: Reports = this.#pending.get(report.step) ?? new Map();
    this.#pending.set(report.step, reports);
    reports.set(name, { rank: rank ?? Number.MAX_SAFE_INTEGER, report });
  }

  /** The next step's reports by rank, as soon as all are in, or any where `some` will do; not taken yet. */
  peek({ some = false } = {}): readonly StepReport[] | undefined {
    const reports = [...(this.#pending.get(this.#next)?.values() ?? [])].sort((a, b) => a.rank - b.rank);
    const [first] = reports;
    if (first === undefined || (!some && reports.length < first.report.worldSize)) return undefined;
    checkLosses(reports);
    return reports.map(({ report }) => report);
  }

  /** The next step is written. */
  take(): void {
    this.#pending.delete(this.#next++);
  }
}

function checkLosses(reports: readonly { readonly rank: number; readonly report: StepReport }[]): void {
  const { loss, step } = reports[0]!.report;
  const other = reports.find(({ report }) => !Object.is(report.loss, loss));
  if (other === undefined) return;
  const { rank, report } = other;
  const [first] = reports;
  throw replicasDiffer(
    `rank ${rank} has the loss ${report.loss} where rank ${first!.rank} has ${loss} at step ${step}`,
    { rank, step },
  );
}
