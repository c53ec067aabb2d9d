import { type ServerDuplexStream, status as Status } from '@grpc/grpc-js';
import type { CoordinatorMessageInput, Hello, Prepared, StepReport, WorkerMessage } from '@tandem/rpc';

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
  /** In the present generation; undefined: it is in none yet. */
  rank: number | undefined;
  prepared: Prepared | undefined;
  /** Its last committed step. */
  step = 0;
  phase = 'joining';
  /** Of its last step. */
  lastReport: StepReport | undefined;
  /** `performance.now()` of its last message. */
  lastHeardMs: number;
  /** `performance.now()` since when it has been in this phase of this step. */
  phaseSinceMs: number;
  finishedStep: number | undefined;
  readonly #gone = new AbortController();

  constructor(call: JoinCall, hello: Hello, nowMs: number) {
    this.#call = call;
    this.hello = hello;
    this.address = exchangeAddress(hello.exchangeAddress, call.getPeer());
    this.lastHeardMs = this.phaseSinceMs = nowMs;
    this.#finished = new Promise((resolve) => {
      for (const event of ['finish', 'close', 'cancelled', 'error']) call.once(event, () => resolve());
    });
  }

  get name(): string {
    return this.hello.name;
  }

  /** Aborted when it has left, or was given up: nothing that comes of it is news. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  progress(step: number, phase: string): void {
    if (step !== this.step || phase !== this.phase) this.phaseSinceMs = this.lastHeardMs;
    this.step = step;
    this.phase = phase;
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

  /** It is at its end, and only waits to hear how the run ends. */
  giveUp(reason: string): void {
    this.#gone.abort(new Error(reason));
  }

  /** It is out, and its stream is closed with the reason. A process that lives may join again, unless it is `refused`. */
  dismiss(reason: string, refused = false): void {
    this.#gone.abort(new Error(reason));
    if (this.#call.cancelled || this.#call.writableEnded) return;
    const code = refused ? Status.FAILED_PRECONDITION : Status.ABORTED;
    // Not by `destroy`: grpc-js sends the status when the stream ends, and a destroyed one never does.
    this.#call.emit('error', Object.assign(new Error(reason), { code, details: reason }));
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
