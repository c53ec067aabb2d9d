import { status as Status } from '@grpc/grpc-js';
import { Deferred, withTimeout } from '@tandem/core';
import type { PullRequest } from './messages.js';
import { PROTOCOL_VERSION } from './protocol.js';

/**
 * Ranks come to a generation one after another, and one that copies its state first comes late: a pull that is early waits for
 * this rank so long before it is refused. Whoever pulls gives up before, by timeouts of its own.
 */
export const PULL_ADMISSION_TIMEOUT_MS = 600_000;

/** The generation whose peers may pull. */
export interface Admission {
  readonly runId: string;
  readonly generation: number;
  readonly rank: number;
  readonly worldSize: number;
}

/** Why a pull is refused, as gRPC says it. */
export class PullRefusal extends Error {
  constructor(
    readonly code: Status,
    readonly details: string,
  ) {
    super(details);
  }
}

/** Lets in those pulls that are of this protocol, run and generation, and come from one of its peers. */
export class PullGate<T extends Admission> {
  readonly #admissionTimeoutMs: number;
  #current: T | undefined;
  #changed = new Deferred<void>();
  #closed = false;

  constructor(admissionTimeoutMs: number = PULL_ADMISSION_TIMEOUT_MS) {
    this.#admissionTimeoutMs = admissionTimeoutMs;
  }

  /** From now on pulls of this generation are let in, and those of earlier ones refused. */
  admit(admission: T): void {
    this.#current = admission;
    this.#changed.resolve();
    this.#changed = new Deferred();
  }

  /** Refuses everyone, those who wait too. */
  close(): void {
    this.#closed = true;
    this.#changed.resolve();
  }

  /** The admission that the request belongs to, as soon as there is one; rejects with a PullRefusal. */
  async enter(request: PullRequest): Promise<T> {
    if (request.protocolVersion !== PROTOCOL_VERSION) {
      throw refusal(`this worker speaks protocol version ${PROTOCOL_VERSION}, not ${request.protocolVersion}`);
    }
    const until = performance.now() + this.#admissionTimeoutMs;
    for (;;) {
      if (this.#closed) throw new PullRefusal(Status.UNAVAILABLE, 'this worker is leaving');
      const admission = this.#match(request);
      if (admission !== undefined) return admission;
      await withTimeout(this.#changed.promise, {
        name: 'PULL_ADMISSION_TIMEOUT_MS',
        ms: Math.max(0, until - performance.now()),
        waitingFor: `generation ${request.generation}`,
      }).catch(() => {
        throw refusal(
          `this worker has not come to generation ${request.generation} within ${this.#admissionTimeoutMs} ms (PULL_ADMISSION_TIMEOUT_MS)`,
        );
      });
    }
  }

  #match(request: PullRequest): T | undefined {
    const current = this.#current;
    if (current === undefined) return undefined;
    if (request.runId !== current.runId) {
      throw refusal(`this worker is in run ${current.runId}, not ${request.runId}`);
    }
    if (request.generation > current.generation) return undefined;
    if (request.generation < current.generation) {
      throw refusal(`this worker is in generation ${current.generation}; ${request.generation} is over`);
    }
    if (request.rank >= current.worldSize || request.rank === current.rank) {
      throw new PullRefusal(
        Status.INVALID_ARGUMENT,
        `rank ${request.rank} is no peer of rank ${current.rank} in a world of ${current.worldSize}`,
      );
    }
    return current;
  }
}

function refusal(details: string): PullRefusal {
  return new PullRefusal(Status.FAILED_PRECONDITION, details);
}
