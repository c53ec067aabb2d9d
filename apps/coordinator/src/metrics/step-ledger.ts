import type { StepReport } from '@tandem/rpc';
import { protocolFault, replicasDiffer } from '../errors.js';

/** Gathers the ranks' reports of each step, and gives them out step by step when all are in. */
export class StepLedger {
  readonly #worldSize: number;
  /** The last step that each rank reported. */
  readonly #reported: number[];
  readonly #pending = new Map<number, (StepReport | undefined)[]>();
  #next: number;

  constructor(worldSize: number, lastCommittedStep: number) {
    this.#worldSize = worldSize;
    this.#reported = Array.from({ length: worldSize }, () => lastCommittedStep);
    this.#next = lastCommittedStep + 1;
  }

  /** Throws a RunError: a step left out or told twice (`TANDEM_PROTOCOL`), another loss than rank 0's (`TANDEM_REPLICAS_DIFFER`). */
  add(rank: number, report: StepReport): void {
    const expected = this.#reported[rank]! + 1;
    if (report.step !== expected)
      throw protocolFault(`rank ${rank}`, `reported step ${report.step} where ${expected} was next`);
    this.#reported[rank] = report.step;
    const reports = this.#pending.get(report.step) ?? Array.from({ length: this.#worldSize }, () => undefined);
    this.#pending.set(report.step, reports);
    reports[rank] = report;
  }

  /** The next step's reports by rank, as soon as all are in; not taken yet. */
  peek(): readonly StepReport[] | undefined {
    const reports = this.#pending.get(this.#next);
    if (reports?.every((report) => report !== undefined) !== true) return undefined;
    const complete = reports as StepReport[];
    checkLosses(complete);
    return complete;
  }

  /** The next step is written. */
  take(): void {
    this.#pending.delete(this.#next++);
  }
}

function checkLosses(reports: readonly StepReport[]): void {
  const { loss, step } = reports[0]!;
  const rank = reports.findIndex((report) => !Object.is(report.loss, loss));
  if (rank > 0)
    throw replicasDiffer(`rank ${rank} has the loss ${reports[rank]!.loss} where rank 0 has ${loss} at step ${step}`, {
      rank,
      step,
    });
}
