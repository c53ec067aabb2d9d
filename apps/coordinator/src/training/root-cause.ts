import { FAILURE_GRACE_MS } from '../timeouts.js';

export interface Cause {
  readonly error: Error;
  /** The worker that it lies in, where it lies in one. */
  readonly worker: string | undefined;
}

/**
 * Finds what to blame when several things fail one after another. A reason of a worker's own, and a worker that is gone, are
 * root causes. A failure that points at another worker ("lost rank 1") is a symptom: that worker's own reason may still be
 * on its way and is waited for, for FAILURE_GRACE_MS.
 */
export class RootCause {
  readonly #found: (cause: Cause) => void;
  readonly #graceMs: number;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  /** `found` is called once. */
  constructor(found: (cause: Cause) => void, graceMs: number = FAILURE_GRACE_MS) {
    this.#found = found;
    this.#graceMs = graceMs;
  }

  root(cause: Cause): void {
    if (this.#over) return;
    this.close();
    this.#found(cause);
  }

  symptom(cause: Cause): void {
    if (this.#over) return;
    this.#timer ??= setTimeout(() => this.root(cause), this.#graceMs);
  }

  close(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }
}
