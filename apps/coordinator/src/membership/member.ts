import { type ServerDuplexStream, status as Status } from '@grpc/grpc-js';
import type { CoordinatorMessageInput, Hello, Prepared, WorkerMessage } from '@tandem/rpc';

/** Messages that may wait for a worker that does not read: it is cut off, lest it fill this process's memory. */
const MAX_QUEUED_MESSAGES = 4_096;

export type JoinCall = ServerDuplexStream<WorkerMessage, CoordinatorMessageInput>;

const SLOW_READER = `it has not read the last ${MAX_QUEUED_MESSAGES} messages`;

/** One worker, as far as the coordinator knows it. */
export class Member {
  readonly hello: Hello;
  /** Where it serves tandem.v1.Collective. */
  readonly address: string;
  readonly #call: JoinCall;
  readonly #finished: Promise<void>;
  /** Set when the generation is made. */
  rank: number | undefined;
  prepared: Prepared | undefined;
  weightsDigest: string | undefined;
  /** Its last committed step. */
  step = 0;
  phase = 'joining';
  /** `performance.now()` of its last message. */
  lastHeardMs: number;
  finishedStep: number | undefined;
  /** It has told why it ends, or was given up: nothing that comes of it is news. */
  failed = false;

  constructor(call: JoinCall, hello: Hello, nowMs: number) {
    this.#call = call;
    this.hello = hello;
    this.address = exchangeAddress(hello.exchangeAddress, call.getPeer());
    this.lastHeardMs = nowMs;
    this.#finished = new Promise((resolve) => {
      for (const event of ['finish', 'close', 'cancelled', 'error']) call.once(event, () => resolve());
    });
  }

  get name(): string {
    return this.hello.name;
  }

  /** "rank 1 (worker-1) on host-b", or "worker-1 on host-b" before it has a rank. */
  describe(): string {
    const who = this.rank === undefined ? this.name : `rank ${this.rank} (${this.name})`;
    return `${who} on ${this.hello.host}`;
  }

  send(message: CoordinatorMessageInput): void {
    if (this.#call.cancelled || this.#call.writableEnded) return;
    if (this.#call.writableLength < MAX_QUEUED_MESSAGES) this.#call.write(message);
    else
      this.#call.emit(
        'error',
        Object.assign(new Error(SLOW_READER), { code: Status.RESOURCE_EXHAUSTED, details: SLOW_READER }),
      );
  }

  /** Ends the stream in order. Resolves when all that was sent is on its way, or the worker is gone. */
  async end(): Promise<void> {
    if (!this.#call.cancelled && !this.#call.writableEnded) this.#call.end();
    await this.#finished;
  }
}

/** `declared`, its empty host filled in from the address that the stream came from. */
export function exchangeAddress(declared: string, peer: string): string {
  const colon = declared.lastIndexOf(':');
  if (colon > 0) return declared;
  const host = peer.slice(0, peer.lastIndexOf(':'));
  return `${host}${declared.slice(colon)}`;
}
