import { status as Status } from '@grpc/grpc-js';
import { Deferred, withTimeout } from '@tandem/core';
import type { ReceivedChunk } from './chunk-reader.js';
import type { OutgoingChunk, PullStream } from './collective-server.js';
import { describeStatus, isServiceError, peerLost, peerRefused } from './errors.js';
import type { LentMemory, Member, PullRequestInput } from './messages.js';
import { MEMORY_HEADER, MEMORY_READABLE, pull } from './pull.js';
import type { PullListeners } from './pull.js';
import type { Security } from './security/security.js';
import { PeerMemory } from './shared-memory/lent-memory.js';
import type { OwnMemory } from './shared-memory/lent-memory.js';
import { BorrowedChunks, LentChunks } from './shared-memory/lending.js';
import type { StreamingCall } from './streaming-call.js';

/**
 * A peer that closed its streams in good order has had all it needed, and what it sent may still be followed by what
 * other peers send; it counts as lost only so much later.
 */
export const ORDERLY_LEAVE_GRACE_MS = 5_000;

/** What is still queued to a peer when the exchange is closed has so long to leave. */
export const CLOSE_FLUSH_TIMEOUT_MS = 2_000;

/** How a peer says that it will not have this rank, or is not who it should be. */
const REFUSALS: readonly Status[] = [
  Status.FAILED_PRECONDITION,
  Status.INVALID_ARGUMENT,
  Status.UNAUTHENTICATED,
  Status.PERMISSION_DENIED,
];
const nothing = new Uint8Array(0);
const emptyHead = { step: 0, bucket: 0, phase: 'REDUCE', part: 0, offset: 0 } as const;

export interface PeerLinkOptions {
  /** Default: ORDERLY_LEAVE_GRACE_MS. */
  readonly leaveGraceMs?: number | undefined;
  /** What this rank lends, and then borrows too; undefined: all data travel. */
  readonly memory?: OwnMemory | undefined;
}

/** A chunk whose data came, or lie in the peer's memory: lent. */
export type ArrivedChunk = Omit<ReceivedChunk, 'lent' | 'returned'> & { readonly lent: boolean };

/** Both streams between this rank and one peer: the one that we pull, and the one that it pulled from us. */
export class PeerLink {
  readonly member: Member;
  readonly #leaveGraceMs: number;
  readonly #memory: OwnMemory | undefined;
  readonly #lent = new LentChunks();
  readonly #borrowed = new BorrowedChunks((returned) => this.#giveBack(returned));
  #peerMemory: PeerMemory | undefined;
  #lends = false;
  readonly #opened = new Deferred<void>();
  #incoming: StreamingCall | undefined;
  #outgoing: PullStream | undefined;
  #answered = false;
  #closing = false;
  #fault: Error | undefined;
  #lost: Error | undefined;
  #lostListener: ((error: Error) => void) | undefined;
  #leaving: NodeJS.Timeout | undefined;
  #chunkListener: ((chunk: ArrivedChunk) => void) | undefined;
  /** What came before anyone listened. */
  #early: ArrivedChunk[] = [];
  /** Sends whose data may still be read. */
  readonly #unsent = new Set<Deferred<void>>();

  constructor(member: Member, { leaveGraceMs = ORDERLY_LEAVE_GRACE_MS, memory }: PeerLinkOptions = {}) {
    this.member = member;
    this.#leaveGraceMs = leaveGraceMs;
    this.#memory = memory;
  }

  /** The peer reads this rank's memory. */
  get lends(): boolean {
    return this.#lends;
  }

  /** Resolves when both streams stand; rejects with a RunError when the peer refuses or breaks off. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** What `opened` still waits for; undefined: nothing. */
  get missing(): string | undefined {
    if (!this.#answered) return 'does not answer';
    return this.#outgoing === undefined ? 'does not pull' : undefined;
  }

  pull(request: PullRequestInput, security?: Security): void {
    const memory = this.#memory?.offer;
    const listeners: PullListeners = {
      onAnswer: (readsMemory) => {
        this.#answered = true;
        this.#lends = readsMemory && memory !== undefined;
        this.#openIfBoth();
      },
      onChunk: (chunk) => this.#arrive(chunk),
      onError: (error) => this.#incomingBroke(error),
      onEnd: () => this.#leave('it closed the exchange'),
    };
    const whole = memory === undefined ? request : { ...request, memory };
    this.#incoming = pull(this.member.address, whole, listeners, security);
  }

  /** The peer's pull; or the reason why it is not taken. */
  accept(stream: PullStream, memory: LentMemory | null): string | undefined {
    if (this.#closing) return 'this worker has closed the exchange';
    if (this.#outgoing !== undefined) return `rank ${this.member.rank} has pulled already`;
    this.#outgoing = stream;
    stream.once('cancelled', () => this.#leave('it stopped pulling'));
    if (this.#memory !== undefined && memory !== null) this.#peerMemory = PeerMemory.open(memory);
    if (this.#peerMemory !== undefined) stream.accept({ [MEMORY_HEADER]: MEMORY_READABLE });
    this.#openIfBoth();
    return undefined;
  }

  /** Resolves when the chunk's data are no longer read: the system has them, or the peer has returned them. Rejects when the peer is lost. */
  send(chunk: OutgoingChunk): Promise<void> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault);
    const sent = new Deferred<void>();
    this.#unsent.add(sent);
    const done = () => {
      this.#unsent.delete(sent);
      sent.resolve();
    };
    const { data, ...head } = chunk;
    const at = this.#lends ? this.#memory?.placeOf(data) : undefined;
    if (at === undefined) {
      // A stream that broke is told of by itself, with the reason.
      this.#outgoing?.write(chunk, (error) => error ?? done());
    } else {
      this.#lent.lend(done);
      this.#outgoing?.write({ ...head, lent: { at, bytes: data.byteLength }, data: nothing });
    }
    return sent.promise;
  }

  /** Chunks that came before wait for the listener. */
  onChunk(listener: (chunk: ArrivedChunk) => void): void {
    this.#chunkListener = listener;
    for (const chunk of this.#early.splice(0)) listener(chunk);
  }

  onLost(listener: (error: Error) => void): void {
    this.#lostListener = listener;
    if (this.#lost !== undefined) listener(this.#lost);
  }

  /** Lets what is queued leave, then ends both streams. */
  async close(reason: Error): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    clearTimeout(this.#leaving);
    await this.#flush();
    this.#fail(reason);
    this.#incoming?.cancel();
    this.#peerMemory?.clear();
  }

  /** Throws an Error for what a peer that keeps the rules does not send. */
  #arrive(chunk: ReceivedChunk): void {
    const { lent, returned, ...plain } = chunk;
    if (returned !== undefined) return this.#lent.takeBack(returned);
    let arrived: ArrivedChunk = { ...plain, lent: false };
    if (lent !== undefined) {
      const data = this.#peerMemory?.at(lent.at, lent.bytes);
      if (data === undefined)
        throw new Error(`it sent a chunk of ${lent.bytes} bytes at ${lent.at} of memory that is not lent`);
      arrived = { ...plain, data, lent: true, release: this.#borrowed.borrow() };
    }
    if (this.#chunkListener === undefined) this.#early.push(arrived);
    else this.#chunkListener(arrived);
  }

  #giveBack(returned: { first: number; count: number }): void {
    if (this.#fault !== undefined) return;
    this.#outgoing?.write({ ...emptyHead, returned, data: nothing });
  }

  async #flush(): Promise<void> {
    const outgoing = this.#outgoing;
    if (outgoing === undefined || outgoing.cancelled || outgoing.writableFinished) return;
    const flushed = new Promise<void>((resolve) => {
      for (const event of ['finish', 'cancelled', 'close']) outgoing.once(event, () => resolve());
    });
    outgoing.end();
    const timeout = {
      name: 'CLOSE_FLUSH_TIMEOUT_MS',
      ms: CLOSE_FLUSH_TIMEOUT_MS,
      waitingFor: 'the last chunks to leave',
    };
    await withTimeout(flushed, timeout).catch(() => undefined);
  }

  #openIfBoth(): void {
    if (this.missing === undefined) this.#opened.resolve();
  }

  #incomingBroke(error: Error): void {
    if (this.#closing) return;
    const refused = !this.#opened.settled && isServiceError(error) && REFUSALS.includes(error.code);
    this.#lose(refused ? peerRefused(this.member, error) : peerLost(this.member, describeStatus(error), error));
  }

  #leave(how: string): void {
    if (this.#closing || this.#lost !== undefined || this.#leaving !== undefined) return;
    const error = peerLost(this.member, how);
    if (!this.#opened.settled) return this.#lose(error);
    this.#fail(error);
    this.#leaving = setTimeout(() => this.#lose(error), this.#leaveGraceMs);
  }

  #lose(error: Error): void {
    if (this.#lost !== undefined) return;
    clearTimeout(this.#leaving);
    this.#lost = error;
    this.#fail(error);
    this.#opened.reject(error);
    this.#lostListener?.(error);
  }

  /** Sends fail from now on. */
  #fail(error: Error): void {
    this.#fault ??= error;
    for (const sent of this.#unsent) sent.reject(this.#fault);
    this.#unsent.clear();
  }
}
