import type { Logger } from '@tandem/observability';
import type { Cause } from '../training/root-cause.js';
import { tooFewWorkers } from './faults.js';

export interface PauseOptions {
  readonly log: Logger;
  readonly minWorkers: number;
  readonly rejoinTimeoutMs: number;
  /** Nobody came. */
  readonly failed: (cause: Cause) => void;
}

/** The time in which training stands still for want of workers. */
export class Pause {
  readonly #options: PauseOptions;
  #timer: NodeJS.Timeout | undefined;
  #lastLoss: Cause | undefined;

  constructor(options: PauseOptions) {
    this.#options = options;
  }

  /** What a run that fails for want of workers fails by. */
  lost(cause: Cause): void {
    this.#lastLoss = cause;
  }

  begin(there: number, step: number): void {
    const { log, minWorkers, rejoinTimeoutMs, failed } = this.#options;
    log.warn(
      { event: 'run.paused' },
      `training is paused after step ${step}: ${there} of at least ${minWorkers} workers ${there === 1 ? 'is' : 'are'} there; ` +
        `others are waited for, for ${Math.round(rejoinTimeoutMs / 1000)} s (cluster.rejoinTimeoutMs)`,
    );
    this.close();
    this.#timer = setTimeout(() => {
      const { error, worker } = this.#lastLoss ?? { error: undefined, worker: undefined };
      failed({ error: tooFewWorkers(there, minWorkers, rejoinTimeoutMs, error), worker });
    }, rejoinTimeoutMs);
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
