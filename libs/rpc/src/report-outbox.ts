import type { Booked, WorkerMessageInput } from './messages.js';

/** Of a step of 100 ms, two hours; some 12 MB. */
export const OUTBOX_MESSAGES = 65_536;

/** The step that a report is of; undefined: it is kept until the run ends. */
function stepOf({ step, evaluation, digest, nonFinite }: WorkerMessageInput): number | undefined {
  const of = step ?? evaluation ?? digest ?? nonFinite;
  return of === undefined || of === null ? undefined : Number(of.step);
}

function isReport(message: WorkerMessageInput): boolean {
  const { step, evaluation, digest, nonFinite, finished, stopRequest } = message;
  return [step, evaluation, digest, nonFinite, finished, stopRequest].some((report) => report !== undefined);
}

/**
 * Reports that are not in the run's books yet, in order: those of a coordinator that is away are told again to the one
 * that comes back.
 */
export class ReportOutbox {
  readonly #limit: number;
  #kept: WorkerMessageInput[] = [];
  #dropped = 0;

  constructor(limit = OUTBOX_MESSAGES) {
    this.#limit = limit;
  }

  get reports(): readonly WorkerMessageInput[] {
    return this.#kept;
  }

  /** Reports that there was no room for: the oldest went. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Keeps the message if it is a report. */
  add(message: WorkerMessageInput): void {
    if (!isReport(message)) return;
    this.#kept.push(message);
    if (this.#kept.length <= this.#limit) return;
    this.#kept.shift();
    this.#dropped++;
  }

  booked({ step, evaluation }: Booked): void {
    const first = this.#kept[0];
    // Asked for at every heartbeat, and seldom with anything to drop.
    if (first === undefined) return;
    this.#kept = this.#kept.filter((report) => {
      const of = stepOf(report);
      if (of === undefined) return true;
      return of > (report.evaluation === undefined ? step : evaluation);
    });
  }

  /** In a new generation the worker has something to do again. */
  forgetFinished(): void {
    this.#kept = this.#kept.filter(({ finished }) => finished === undefined);
  }
}
