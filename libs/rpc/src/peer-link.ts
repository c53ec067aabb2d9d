import { Metadata, credentials, status as Status } from '@grpc/grpc-js';
import type { ClientReadableStream } from '@grpc/grpc-js';
import { Deferred, withTimeout } from '@tandem/core';
import { clientOptions } from './channel-options.js';
import type { PullStream } from './collective-server.js';
import { describeStatus, isServiceError, peerLost, peerRefused } from './errors.js';
import type { Chunk, ChunkInput, CollectiveStub, Member, PullRequestInput } from './messages.js';
import { loadTandemProtocol } from './protocol.js';

/** Sends resolve at once while fewer bytes than this wait to be written to the peer. */
const HIGH_WATER_BYTES = 4 * 1024 * 1024;

/**
 * A peer that closed its streams in good order has had all it needed, and what it sent may still be followed by what
 * other peers send; it counts as lost only so much later.
 */
export const ORDERLY_LEAVE_GRACE_MS = 5_000;

/** What is still queued to a peer when the exchange is closed has so long to leave. */
export const CLOSE_FLUSH_TIMEOUT_MS = 2_000;

/** Both streams between this rank and one peer: the one that we pull, and the one that it pulled from us. */
export class PeerLink {
  readonly member: Member;
  readonly #leaveGraceMs: number;
  readonly #opened = new Deferred<void>();
  readonly #client: CollectiveStub;
  readonly #encode = loadTandemProtocol().collective.Pull.responseSerialize;
  #incoming: ClientReadableStream<Chunk> | undefined;
  #outgoing: PullStream | undefined;
  #answered = false;
  #closing = false;
  #fault: Error | undefined;
  #lost: Error | undefined;
  #lostListener: ((error: Error) => void) | undefined;
  #leaving: NodeJS.Timeout | undefined;
  #queuedBytes = 0;
  #room: Deferred<void> | undefined;

  constructor(member: Member, leaveGraceMs = ORDERLY_LEAVE_GRACE_MS) {
    this.member = member;
    this.#leaveGraceMs = leaveGraceMs;
    const { CollectiveStub } = loadTandemProtocol();
    this.#client = new CollectiveStub(member.address, credentials.createInsecure(), clientOptions);
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

  pull(request: PullRequestInput): void {
    // A peer serves before it joins; but the way to it may need another attempt.
    const metadata = new Metadata({ waitForReady: true });
    const incoming = this.#client.pull(request, metadata);
    this.#incoming = incoming;
    incoming.once('metadata', () => {
      this.#answered = true;
      this.#openIfBoth();
    });
    incoming.on('error', (error) => this.#incomingBroke(error));
    incoming.once('status', () => this.#leave('it closed the exchange'));
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

  /** Copies the chunk's data at once. Resolves when there is room for the next; rejects when the peer is lost. */
  send(chunk: ChunkInput): Promise<void> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault);
    const bytes = this.#encode(chunk);
    this.#queuedBytes += bytes.length;
    this.#outgoing?.write(bytes, () => {
      this.#queuedBytes -= bytes.length;
      if (this.#queuedBytes >= HIGH_WATER_BYTES) return;
      this.#room?.resolve();
      this.#room = undefined;
    });
    if (this.#queuedBytes < HIGH_WATER_BYTES) return Promise.resolve();
    this.#room ??= new Deferred();
    return this.#room.promise;
  }

  /** Chunks that came before wait for the listener. */
  onChunk(listener: (chunk: Chunk) => void): void {
    this.#incoming?.on('data', listener);
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
    this.#client.close();
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
    const refused =
      !this.#opened.settled &&
      isServiceError(error) &&
      (error.code === Status.FAILED_PRECONDITION || error.code === Status.INVALID_ARGUMENT);
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
    this.#room?.reject(this.#fault);
  }
}
