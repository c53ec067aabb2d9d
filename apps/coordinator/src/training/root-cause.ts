import { FAILURE_GRACE_MS } from '../timeouts.js';

export interface Cause {
  readonly error: Error;
  /** The worker that it lies in, where it lies in one. */
  readonly worker: string | undefined;
}

/** When it was seen; a symptom is seen before it is decided on. */
export interface DatedCause extends Cause {
  readonly seenAt: Date;
}

/**
 * Finds what to blame when several things fail one after another. A reason of a worker's own, and a worker that is gone, are
 * root causes. A failure that points at another worker ("lost rank 1") is a symptom: that worker's own reason may still be
 * on its way and is waited for, for FAILURE_GRACE_MS.
 */
export class RootCause {
  readonly #found: (cause: DatedCause) => void;
  readonly #graceMs: number;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  /** `found` is called once. */
  constructor(found: (cause: DatedCause) => void, graceMs: number = FAILURE_GRACE_MS) {
    this.#found = found;
    this.#graceMs = graceMs;
  }

  root(cause: Cause, seenAt = new Date()): void {
    if (this.#over) return;
    this.close();
    this.#found({ ...cause, seenAt });
  }

  symptom(cause: Cause): void {
    if (this.#over) return;
    this.#timer ??= this.#rootLater(cause, new Date());
  }

  #rootLater(cause: Cause, seenAt: Date): NodeJS.Timeout {
    return setTimeout(() => this.root(cause, seenAt), this.#graceMs);
  }

  close(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }
}
