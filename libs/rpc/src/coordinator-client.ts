import { EventEmitter } from 'node:events';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { delay, invariant, withTimeout } from '@tandem/core';
import { backoff } from './backoff.js';
import {
  SilentCoordinator,
  coordinatorLost,
  isRefusal,
  isRetriable,
  joinRefused,
  noCoordinator,
} from './coordinator-errors.js';
import { describeStatus } from './errors.js';
import { fetchState } from './fetch-state.js';
import type { FetchStateOptions } from './fetch-state.js';
import type {
  Begin,
  Booked,
  ClockReading,
  CoordinatorMessage,
  CoordinatorStub,
  EndOfRun,
  Generation,
  HelloInput,
  SnapshotTaken,
  Stop,
  Welcome,
  WorkerMessageInput,
} from './messages.js';
import type { WorkerPhase } from './phases.js';
import { PROTOCOL_VERSION, loadTandemProtocol } from './protocol.js';
import { ReportOutbox } from './report-outbox.js';
import { openStub } from './security/open-stub.js';
import { LOOPBACK_ONLY } from './security/security.js';
import type { Security } from './security/security.js';
import { callForState } from './state-call.js';
import { coordinatorMessageFault } from './validation/coordinator-message.js';

/** A coordinator that took the call but says nothing for so long is tried again. */
export const WELCOME_TIMEOUT_MS = 10_000;

/** The coordinator has so long to take the last reports and end the stream when the worker leaves. */
export const LEAVE_TIMEOUT_MS = 2_000;

const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 5_000;

/** A coordinator that went away is looked for more often: workers that train wait for it with their next membership. */
const MAX_RETURN_PAUSE_MS = 1_000;

type JoinStream = ClientDuplexStream<WorkerMessageInput, CoordinatorMessage>;

export interface CoordinatorClientOptions {
  /** Of the coordinator, host:port. */
  readonly address: string;
  readonly hello: Omit<HelloInput, 'protocolVersion'> & { readonly name: string };
  readonly joinTimeoutMs: number;
  /** Default: LOOPBACK_ONLY. */
  readonly security?: Security;
  /** What a heartbeat says; asked for each time. */
  readonly progress: () => { readonly step: number; readonly phase: WorkerPhase };
  /** The generation that this worker trains in, for a coordinator that comes back; 0: none. */
  readonly generation?: () => number;
}

export interface CoordinatorEvents {
  generation: [Generation];
  begin: [Begin];
  booked: [Booked];
  stop: [Stop];
  snapshotTaken: [SnapshotTaken];
  clockReading: [ClockReading];
  end: [EndOfRun];
  /** The stream broke before the end of the run: the coordinator is looked for. Gets how. */
  away: [string];
  /** It is there again. Reports that it may not have had are on their way. */
  back: [];
  /** It did not come back, or does not want this worker any more. Nothing comes afterwards. */
  lost: [Error];
}

/**
 * A worker's side of Coordinator.Join: joins, beats, reports, and hears of generations and orders. A stream that breaks is
 * opened again, for as long as the coordinator said; what was reported meanwhile is told then.
 */
export class CoordinatorClient extends EventEmitter<CoordinatorEvents> {
  readonly #options: CoordinatorClientOptions;
  #stub: CoordinatorStub | undefined;
  #stream: JoinStream | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  readonly #outbox = new ReportOutbox();
  readonly #closing = new AbortController();
  #prepared: WorkerMessageInput | undefined;
  #runId = '';
  /** It was in a generation of the run: to another run it would bring weights that do not belong there. */
  #isMember = false;
  #coordinatorTimeoutMs = 0;
  #ended = false;
  /** It has said why it ends: it does not come back. */
  #failing = false;
  #streamOver = false;

  constructor(options: CoordinatorClientOptions) {
    super();
    this.#options = options;
  }

  /**
   * Looks for the coordinator until joinTimeoutMs have passed, and joins. Rejects with a RunError: `TANDEM_NO_COORDINATOR`
   * when nobody answered, and at once with `TANDEM_NAME_TAKEN`, `TANDEM_JOIN_REFUSED` or `TANDEM_NOT_A_COORDINATOR`; or
   * with the signal's reason. Heartbeats go out from then on.
   */
  async join(signal?: AbortSignal): Promise<Welcome> {
    invariant(this.#runId === '', 'a CoordinatorClient was to join twice');
    const { address, hello, joinTimeoutMs } = this.#options;
    const started = performance.now();
    let answer: unknown;
    for (const pauseMs of backoff({ firstMs: FIRST_PAUSE_MS, maxMs: MAX_PAUSE_MS })) {
      try {
        return await this.#attempt(joinTimeoutMs - (performance.now() - started), signal);
      } catch (error) {
        signal?.throwIfAborted();
        const waitedMs = performance.now() - started;
        if (!isRetriable(error)) throw joinRefused(address, hello.name, error);
        // The last attempt may have been cut short: an earlier one knows more.
        if (!(error instanceof SilentCoordinator)) answer = error;
        if (waitedMs >= joinTimeoutMs) throw noCoordinator(address, waitedMs, answer ?? error, '--join-timeout');
        await delay(Math.min(pauseMs, joinTimeoutMs - waitedMs), signal);
      }
    }
    throw new Error('unreachable');
  }

  /** Messages leave in the order of the calls. While the coordinator is away, reports wait for it and others go nowhere. */
  send(message: WorkerMessageInput): void {
    if (message.prepared) this.#prepared = message;
    if (message.failure) this.#failing = true;
    this.#outbox.add(message);
    this.#write(message);
  }

  /** The worker trains again: what it said of its end is void. */
  forgetFinished(): void {
    this.#outbox.forgetFinished();
  }

  /** Of the run that this worker has joined. */
  get runId(): string {
    return this.#runId;
  }

  get isAway(): boolean {
    return this.#stream === undefined;
  }

  /** More has been sent than the coordinator has taken yet. */
  get isCongested(): boolean {
    return this.#stream?.writableNeedDrain === true;
  }

  /** The checkpoint after `step`, digest checked; errors as fetchState's. */
  fetchCheckpoint(
    step: number,
    options: Pick<FetchStateOptions, 'onProgress' | 'into' | 'stallTimeoutMs' | 'signal'> = {},
  ): Promise<Uint8Array> {
    const { address, security = LOOPBACK_ONLY } = this.#options;
    if (this.#stub === undefined)
      return Promise.reject(coordinatorLost(address, 'it is away', this.#coordinatorTimeoutMs));
    const open = callForState({ address, peer: 'coordinator', request: { runId: this.#runId, step }, security });
    return fetchState({ ...options, from: `the coordinator at ${address}`, open });
  }

  /** Lets what was sent reach the coordinator, and leaves. */
  async close(): Promise<void> {
    this.#ended = true;
    this.#closing.abort(new Error('the worker leaves'));
    clearInterval(this.#heartbeat);
    const stream = this.#stream;
    if (stream !== undefined && !this.#streamOver) {
      const left = new Promise<void>((resolve) => stream.once('status', () => resolve()));
      stream.end();
      const timeout = { name: 'LEAVE_TIMEOUT_MS', ms: LEAVE_TIMEOUT_MS, waitingFor: 'the coordinator to let go' };
      await withTimeout(left, timeout).catch(() => undefined);
      stream.cancel();
    }
    this.#stub?.close();
  }

  async #attempt(leftMs: number, signal: AbortSignal | undefined): Promise<Welcome> {
    signal?.throwIfAborted();
    const { CoordinatorStub } = loadTandemProtocol();
    // A new channel each time: a failed one makes its own pauses.
    const { address, security = LOOPBACK_ONLY } = this.#options;
    const stub = openStub(CoordinatorStub, { address, peer: 'coordinator', security });
    const stream = stub.join();
    const patienceMs = Math.max(1, Math.min(WELCOME_TIMEOUT_MS, leftMs));
    let timer: NodeJS.Timeout | undefined;
    const abort = () => stream.cancel();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await new Promise<Welcome>((resolve, reject) => {
        timer = setTimeout(() => reject(new SilentCoordinator(patienceMs)), patienceMs);
        // One listener from the first message on: what follows it at once must not fall between two.
        stream.on('data', (message: CoordinatorMessage) => {
          const fault = coordinatorMessageFault(message);
          if (fault !== undefined) {
            stream.cancel();
            const how = `it sent what is not allowed (${fault})`;
            return this.#stream === stream ? this.#lose(how) : reject(new Error(how));
          }
          if (this.#stream === stream) return this.#receive(message);
          if (!message.welcome) return reject(new Error(`its first message was ${message.kind}, not welcome`));
          this.#adopt(stub, stream, message.welcome);
          resolve(message.welcome);
        });
        stream.on('error', (error) => {
          if (this.#stream === stream) this.#lose(describeStatus(error), error);
          else reject(error);
        });
        stream.on('end', () => {
          if (this.#stream === stream) this.#lose('it ended the call');
          else reject(new Error('it ended the call without a word'));
        });
        const { hello, generation } = this.#options;
        const back = this.#isMember ? { runId: this.#runId, generation: generation?.() ?? 0 } : {};
        stream.write({ hello: { ...hello, ...back, protocolVersion: PROTOCOL_VERSION } });
      });
    } catch (error) {
      stream.cancel();
      stub.close();
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  #adopt(stub: CoordinatorStub, stream: JoinStream, welcome: Welcome): void {
    this.#stub = stub;
    this.#stream = stream;
    this.#runId = welcome.runId;
    this.#coordinatorTimeoutMs = welcome.coordinatorTimeoutMs;
    this.#streamOver = false;
    stream.once('status', () => {
      if (this.#stream === stream) this.#streamOver = true;
    });
    const beat = () => this.#write({ heartbeat: this.#options.progress() });
    beat();
    this.#heartbeat = setInterval(beat, welcome.heartbeatMs);
  }

  #write(message: WorkerMessageInput): void {
    if (this.#stream?.writable === true) this.#stream.write(message);
  }

  #receive(message: CoordinatorMessage): void {
    if (message.generation) {
      this.#isMember = true;
      this.emit('generation', message.generation);
    } else if (message.begin) this.emit('begin', message.begin);
    else if (message.booked) {
      this.#outbox.booked(message.booked);
      this.emit('booked', message.booked);
    } else if (message.stop) this.emit('stop', message.stop);
    else if (message.snapshotTaken) this.emit('snapshotTaken', message.snapshotTaken);
    else if (message.clockReading) this.emit('clockReading', message.clockReading);
    else if (message.end) {
      this.#ended = true;
      this.emit('end', message.end);
    }
  }

  #lose(how: string, cause?: unknown): void {
    clearInterval(this.#heartbeat);
    this.#stream = undefined;
    this.#stub?.close();
    this.#stub = undefined;
    if (this.#ended) return;
    if (this.#failing) {
      this.#ended = true;
      return void this.emit('lost', coordinatorLost(this.#options.address, how, 0, cause));
    }
    this.emit('away', how);
    this.#return(how, cause).catch((error: unknown) => {
      if (this.#ended) return;
      this.#ended = true;
      this.emit('lost', error as Error);
    });
  }

  /** Rejects with a RunError when the coordinator stays away too long, or refuses. */
  async #return(how: string, cause: unknown): Promise<void> {
    const { address, hello } = this.#options;
    const { signal } = this.#closing;
    const started = performance.now();
    for (const pauseMs of backoff({ firstMs: FIRST_PAUSE_MS, maxMs: MAX_RETURN_PAUSE_MS })) {
      const leftMs = this.#coordinatorTimeoutMs - (performance.now() - started);
      if (leftMs <= 0) throw coordinatorLost(address, how, this.#coordinatorTimeoutMs, cause);
      try {
        await this.#attempt(leftMs, signal);
        break;
      } catch (error) {
        signal.throwIfAborted();
        if (isRefusal(error)) throw joinRefused(address, hello.name, error);
        await delay(Math.min(pauseMs, leftMs), signal);
      }
    }
    if (this.#prepared !== undefined) this.#write(this.#prepared);
    for (const report of this.#outbox.reports) this.#write(report);
    this.emit('back');
  }
}
