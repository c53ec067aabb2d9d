import { Deferred, RunError } from '@tandem/core';

/** A snapshot that is offered, while nothing of it is read and nobody says that it was taken, for so long is given up. */
export const SNAPSHOT_STALL_TIMEOUT_MS = 60_000;

/** One state on its way from this worker into a checkpoint. */
export class SnapshotOffer {
  readonly step: number;
  readonly epoch: number;
  readonly ifBest: boolean;
  readonly #timeoutMs: number;
  readonly #taken = new Deferred<void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(step: number, epoch: number, ifBest: boolean, timeoutMs = SNAPSHOT_STALL_TIMEOUT_MS) {
    this.step = step;
    this.epoch = epoch;
    this.ifBest = ifBest;
    this.#timeoutMs = timeoutMs;
    this.resume();
  }

  /** The coordinator is away: it is waited for, however long. */
  suspend(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The coordinator is there, or is back. Gives what to tell it. */
  resume(): { readonly step: number; readonly epoch: number; readonly ifBest: boolean } {
    const { step, epoch, ifBest } = this;
    clearTimeout(this.#timer);
    if (!this.#taken.settled)
      this.#timer = setTimeout(() => this.fail(notTaken(step, this.#timeoutMs)), this.#timeoutMs);
    return { step, epoch, ifBest };
  }

  /** Resolves when the coordinator has the state and has written it down. */
  get taken(): Promise<void> {
    return this.#taken.promise;
  }

  progress(): void {
    if (!this.#taken.settled) this.#timer?.refresh();
  }

  take(): void {
    clearTimeout(this.#timer);
    this.#taken.resolve();
  }

  fail(error: Error): void {
    clearTimeout(this.#timer);
    this.#taken.reject(error);
  }
}

function notTaken(step: number, timeoutMs: number): RunError {
  return new RunError({
    code: 'TANDEM_SNAPSHOT_NOT_TAKEN',
    what: `the coordinator has not taken the state after step ${step} for ${timeoutMs} ms`,
    remedy: 'See the coordinator’s log: its disk may be full or slow. The limit is SNAPSHOT_STALL_TIMEOUT_MS.',
    context: { step, timeout: 'SNAPSHOT_STALL_TIMEOUT_MS', ms: timeoutMs },
  });
}
