import { status as Status } from '@grpc/grpc-js';
import { Deferred, withTimeout } from '@tandem/core';
import type { ReceivedChunk } from './chunk-reader.js';
import type { OutgoingChunk, PullStream } from './collective-server.js';
import { describeStatus, isServiceError, peerLost, peerRefused } from './errors.js';
import type { Member, PullRequestInput } from './messages.js';
import { PullClient, type PullListeners } from './pull-client.js';
import type { Security } from './security/security.js';

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

/** Both streams between this rank and one peer: the one that we pull, and the one that it pulled from us. */
export class PeerLink {
  readonly member: Member;
  readonly #leaveGraceMs: number;
  readonly #opened = new Deferred<void>();
  #incoming: PullClient | undefined;
  #outgoing: PullStream | undefined;
  #answered = false;
  #closing = false;
  #fault: Error | undefined;
  #lost: Error | undefined;
  #lostListener: ((error: Error) => void) | undefined;
  #leaving: NodeJS.Timeout | undefined;
  #chunkListener: ((chunk: ReceivedChunk) => void) | undefined;
  /** What came before anyone listened. */
  #early: ReceivedChunk[] = [];
  /** Sends whose data may still be read. */
  readonly #unsent = new Set<Deferred<void>>();

  constructor(member: Member, leaveGraceMs = ORDERLY_LEAVE_GRACE_MS) {
    this.member = member;
    this.#leaveGraceMs = leaveGraceMs;
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
    const listeners: PullListeners = {
      onAnswer: () => {
        this.#answered = true;
        this.#openIfBoth();
      },
      onChunk: (chunk) => {
        if (this.#chunkListener === undefined) this.#early.push(chunk);
        else this.#chunkListener(chunk);
      },
      onError: (error) => this.#incomingBroke(error),
      onEnd: () => this.#leave('it closed the exchange'),
    };
    this.#incoming = new PullClient(this.member.address, request, listeners, security);
  }

  /** The peer's pull; or the reason why it is not taken. */
  accept(stream: PullStream): string | undefined {
    if (this.#closing) return 'this worker has closed the exchange';
    if (this.#outgoing !== undefined) return `rank ${this.member.rank} has pulled already`;
    this.#outgoing = stream;
    stream.once('cancelled', () => this.#leave('it stopped pulling'));
    this.#openIfBoth();
    return undefined;
  }

  /** Resolves when the chunk's data are no longer read: the system has them. Rejects when the peer is lost. */
  send(chunk: OutgoingChunk): Promise<void> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault);
    const sent = new Deferred<void>();
    this.#unsent.add(sent);
    this.#outgoing?.write(chunk, (error) => {
      // A stream that broke is told of by itself, with the reason.
      if (error) return;
      this.#unsent.delete(sent);
      sent.resolve();
    });
    return sent.promise;
  }

  /** Chunks that came before wait for the listener. */
  onChunk(listener: (chunk: ReceivedChunk) => void): void {
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
