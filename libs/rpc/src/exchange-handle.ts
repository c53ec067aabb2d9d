import { RunError } from '@tandem/core';
import type { ExchangeState } from './exchange-state.js';

/**
 * An exchange that the communication thread itself no longer watches over counts as stalled only so much after
 * `timeoutMs`: its own error comes first, and names the peer.
 */
const THREAD_GRACE_MS = 5_000;

/** How long one look at the shared state may block. */
const SLICE_MS = 1_000;

/** The training thread's side of an exchange. Its arrays are shared with the communication thread. */
export interface ExchangeHandle {
  /** One for each of localPartials(), each over the whole flat gradient space. */
  readonly partials: readonly Float32Array[];
  readonly mean: Float32Array;

  /** Ranks on this machine that read this one's memory in place of being sent gradients. */
  readonly lentTo: readonly number[];

  /**
   * The bucket's partials are in place: the exchange may begin. See AllReduce for who may write what when. Throws as `wait` where the
   * exchange has failed already: what else there is of the step need not be computed.
   */
  contribute(step: number, bucket: number): void;

  /** Whether the bucket's mean is there; blocks for `ms` at most until it is. */
  isReducedWithin(ms: number, step: number, bucket: number): boolean;

  /**
   * Blocks this thread until the bucket's mean is there. Throws a RunError: the exchange's own, which names the peer at
   * fault, or `TANDEM_EXCHANGE_STALLED` when nothing has moved for timeoutMs.
   */
  wait(step: number, bucket: number): void;

  /** Payload that this rank sent in the step, in bytes; complete once the step's last bucket is reduced. */
  bytesSent(step: number): number;

  /** Afterwards the arrays are no longer written to, and may read zeros. What was sent still leaves. */
  close(): Promise<void>;
}

export interface SharedExchangeParts {
  readonly state: ExchangeState;
  readonly partials: readonly Float32Array[];
  readonly mean: Float32Array;
  readonly timeoutMs: number;
  readonly lentTo: readonly number[];
  readonly contribute: (step: number, bucket: number) => void;
  /** The error of an exchange that is marked as failed, looked up without the event loop. */
  readonly failure: () => Error;
  readonly close: () => Promise<void>;
}

export class SharedExchange implements ExchangeHandle {
  readonly partials: readonly Float32Array[];
  readonly mean: Float32Array;
  readonly lentTo: readonly number[];
  readonly #parts: SharedExchangeParts;
  #closed: Promise<void> | undefined;

  constructor(parts: SharedExchangeParts) {
    this.partials = parts.partials;
    this.mean = parts.mean;
    this.lentTo = parts.lentTo;
    this.#parts = parts;
  }

  contribute(step: number, bucket: number): void {
    const { state, failure, contribute } = this.#parts;
    if (state.failed) throw failure();
    contribute(step, bucket);
  }

  isReducedWithin(ms: number, step: number, bucket: number): boolean {
    const { state } = this.#parts;
    const end = performance.now() + ms;
    for (;;) {
      const seen = state.version;
      if (state.isReduced(step, bucket)) return true;
      const left = end - performance.now();
      if (left <= 0 || state.failed) return false;
      state.waitForChange(seen, left);
    }
  }

  wait(step: number, bucket: number): void {
    const { state, timeoutMs, failure } = this.#parts;
    let seen = state.version;
    let movedAt = performance.now();
    // The version is read before the flags: a change in between ends the wait at once.
    for (;;) {
      if (state.isReduced(step, bucket)) return;
      if (state.failed) throw failure();
      const quietMs = performance.now() - movedAt;
      if (quietMs > timeoutMs + THREAD_GRACE_MS) throw stalled(step, bucket, quietMs);
      state.waitForChange(seen, SLICE_MS);
      const now = state.version;
      if (now !== seen) movedAt = performance.now();
      seen = now;
    }
  }

  bytesSent(step: number): number {
    return this.#parts.state.bytesSent(step);
  }

  close(): Promise<void> {
    this.#closed ??= this.#parts.close();
    return this.#closed;
  }
}

function stalled(step: number, bucket: number, ms: number): RunError {
  return new RunError({
    code: 'TANDEM_EXCHANGE_STALLED',
    what: `step ${step}, bucket ${bucket}: nothing has moved in the exchange for ${Math.round(ms)} ms`,
    remedy: 'The limit is exchange.timeoutMs.',
    context: { step, bucket, timeout: 'exchange.timeoutMs', ms: Math.round(ms) },
  });
}
