import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { BucketRange, ExchangeOrder } from '@tandem/collective';
import { RunError, invariant, threadEntry, withTimeout } from '@tandem/core';
import { type LogEntry, TimelineRecorder, TimelineRing } from '@tandem/observability';
import { ControlBlock } from './control-block.js';
import { generationOver, runEnded, runFailed } from './coordinator-errors.js';
import { SharedExchange } from './exchange-handle.js';
import type { ExchangeHandle } from './exchange-handle.js';
import { ExchangeState } from './exchange-state.js';
import { GenerationMailbox } from './generation-mailbox.js';
import { defaultAdvertiseHost, defaultListenHost } from './listen-host.js';
import type {
  Begin,
  EndOfRun,
  Generation,
  Member,
  PreparedInput,
  ReadyInput,
  StandingInput,
  WorkerMessageInput,
} from './messages.js';
import { NoticeBoard } from './notice-board.js';
import type { WorkerPhase } from './phases.js';
import { requireEncryption } from './security/plaintext-rule.js';
import { LOOPBACK_ONLY } from './security/security.js';
import type { Security } from './security/security.js';
import { hasNeighbours } from './same-host.js';
import { closeMemory, lentMemory, openMemory, privateMemory } from './shared-memory/exchange-memory.js';
import type { StoredState } from './stored-state.js';
import { ThreadLink } from './thread-link.js';
import type { FromThread, Joined, ThreadData } from './thread-messages.js';

/** The communication thread must be up and its server listening within so long. */
export const THREAD_START_TIMEOUT_MS = 30_000;

/** On close, the thread has so long to let the last words out before it is ended. */
export const THREAD_CLOSE_TIMEOUT_MS = 10_000;

export interface CommunicationOptions {
  /** host:port */
  readonly coordinator: string;
  /** Unique among the workers of the run. */
  readonly name: string;
  readonly device: string;
  /** Of Tandem. */
  readonly version: string;
  /** Where peers may reach this worker. Default: 127.0.0.1 if the coordinator is on loopback, else all interfaces. */
  readonly listenHost?: string;
  /** What peers are told. Default: listenHost; for all interfaces, the address that the coordinator sees. */
  readonly advertiseHost?: string;
  readonly joinTimeoutMs: number;
  /** How this worker knows coordinator and peers, and they it. Default: LOOPBACK_ONLY. */
  readonly security?: Security;
  /** HOST:PORT of `/metrics` and `/health`. Default: none. */
  readonly metricsListen?: string;
  /** Hears of callers that were refused for who they are or what they said. */
  readonly onRefusal?: (text: string) => void;
  /** Hears when the coordinator goes away, and how, and when it is back (undefined). */
  readonly onCoordinator?: (away: string | undefined) => void;
}

export interface ExchangeOptions {
  readonly order: ExchangeOrder;
  readonly microBatches: number;
  readonly buckets: readonly BucketRange[];
  readonly chunkBytes: number;
  /** Of the flat gradient space. */
  readonly elements: number;
  /** How many partial sums this rank holds: the length of localPartials(). */
  readonly partials: number;
  readonly timeoutMs: number;
  /** All peers must be there by then, and what sets it. Default: timeoutMs, exchange.timeoutMs. */
  readonly connectTimeout?: { readonly ms: number; readonly name: string };
  /** `auto` (the default): ranks on one machine read each other's memory, where they can. `off`: everything goes through connections. */
  readonly sharedMemory?: 'auto' | 'off';
}

/** A generation, and this worker's rank in it. */
export type GenerationMessage = Generation & { readonly rank: number };

/** What a worker may report while it trains. */
export type Report = Pick<
  WorkerMessageInput,
  'step' | 'evaluation' | 'nonFinite' | 'digest' | 'finished' | 'failure' | 'stopRequest' | 'peerFault' | 'gradient'
>;

/**
 * A worker's face to the network. All of it runs in a thread of its own, so that a training thread that TensorFlow blocks
 * stalls neither heartbeats nor peers. Errors are RunErrors, as the classes behind it throw them.
 */
export class Communication {
  readonly #name: string;
  readonly #worker: Worker;
  readonly #link: ThreadLink;
  readonly #control = new ControlBlock();
  readonly #board: NoticeBoard;
  readonly #generations = new GenerationMailbox();
  readonly #onCoordinator: (away: string | undefined) => void;
  readonly #exited: Promise<unknown>;
  readonly #onRefusal: ((text: string) => void) | undefined;
  #metricsUrl: string | undefined;
  #runId = '';
  #generation: GenerationMessage | undefined;
  #timeline: TimelineRecorder | undefined;
  #exchanges = 0;
  #closing: Promise<void> | undefined;

  private constructor(options: CommunicationOptions) {
    const { coordinator, name, device, version, joinTimeoutMs, security = LOOPBACK_ONLY, metricsListen } = options;
    requireEncryption(coordinator, security, '--coordinator');
    const listenHost = options.listenHost ?? defaultListenHost(coordinator);
    requireEncryption(`${listenHost}:0`, security, 'the address that peers are served at');
    const advertiseHost = options.advertiseHost ?? defaultAdvertiseHost(listenHost);
    const { port1: here, port2: there } = new MessageChannel();
    const workerData: ThreadData = {
      control: this.#control.buffer,
      notices: there,
      ...{ coordinator, name, device, version, listenHost, advertiseHost, joinTimeoutMs, security, metricsListen },
    };
    this.#name = name;
    this.#onRefusal = options.onRefusal;
    this.#onCoordinator = options.onCoordinator ?? (() => undefined);
    this.#board = new NoticeBoard(here, this.#control);
    this.#worker = new Worker(threadEntry(import.meta.url, './communication-thread.js'), {
      name: 'tandem-communication',
      workerData,
      transferList: [there],
      // Not this process's: loaders and conditions for sources mean nothing to the built thread.
      execArgv: [],
      // It closes files that the training thread has opened and given it.
      trackUnmanagedFds: false,
    });
    this.#link = new ThreadLink(this.#worker);
    this.#worker.on('message', (message: FromThread) => this.#receive(message));
    this.#worker.on('error', (error) => this.#threadEnded(error));
    this.#exited = once(this.#worker, 'exit').then(
      () => this.#threadEnded(undefined),
      () => undefined,
    );
  }

  /** Resolves when the thread is up and serves its peers. Rejects with a ConfigurationError (`TANDEM_PLAINTEXT`) too. */
  static async start(options: CommunicationOptions): Promise<Communication> {
    const communication = new Communication(options);
    const timeout = {
      name: 'THREAD_START_TIMEOUT_MS',
      ms: THREAD_START_TIMEOUT_MS,
      waitingFor: 'the communication thread',
    };
    try {
      const { metricsUrl } = await withTimeout(communication.#link.call('listen', undefined), timeout);
      communication.#metricsUrl = metricsUrl;
      return communication;
    } catch (error) {
      await communication.close();
      throw error;
    }
  }

  /** Undefined: nobody watches. */
  get metricsUrl(): string | undefined {
    return this.#metricsUrl;
  }

  /** Looks for the coordinator until joinTimeoutMs are over; see CoordinatorClient.join for the errors. */
  async join(signal?: AbortSignal): Promise<Joined> {
    const joined = await this.#link.call('join', undefined, { signal });
    this.#runId = joined.runId;
    if (joined.timeline !== undefined)
      this.#timeline = new TimelineRecorder({
        steps: joined.timeline.steps,
        ring: new TimelineRing(joined.timeline.ring),
        onName: (name) => this.#link.post({ kind: 'timelineName', name }),
      });
    return joined;
  }

  /** Records what the training thread does, where the coordinator wants a timeline; after `join`. */
  get timeline(): TimelineRecorder | undefined {
    return this.#timeline;
  }

  /** So many batches wait, prepared: for those who watch. */
  set readyBatches(count: number) {
    this.#control.readyBatches = count;
  }

  prepared(prepared: PreparedInput): void {
    this.#link.post({ kind: 'send', message: { prepared } });
  }

  /** Says what this worker has, in answer to a generation. */
  stand(standing: StandingInput): void {
    this.#control.trainedGeneration = 0;
    this.#link.post({ kind: 'send', message: { standing } });
  }

  /** How the generation begins, when all members have said where they stand. Rejects with `TANDEM_GENERATION_OVER`, and as nextGeneration. */
  begin(generation: number): Promise<Begin> {
    return this.#generations.beginOf(generation);
  }

  ready(ready: ReadyInput): void {
    this.#control.trainedGeneration = Number(ready.generation ?? 0);
    this.#link.post({ kind: 'send', message: { ready } });
  }

  /** Throws `TANDEM_GENERATION_OVER` where there is a newer one. Cheap, and needs no event loop. */
  checkPresent(generation: number): void {
    const { newestGeneration } = this.#control;
    if (newestGeneration > generation) throw generationOver(generation, newestGeneration);
  }

  /** The evaluation after `step` is in the books. */
  isEvaluationBooked(step: number): boolean {
    return this.#generations.isEvaluationBooked(step);
  }

  /** Whether it is: resolves when it is, or the coordinator is away. Rejects as `begin` does. */
  evaluationBooked(generation: number, step: number): Promise<boolean> {
    return this.#generations.evaluationBooked(generation, step);
  }

  /** Resolves when the coordinator is away; rejects when the run is over. */
  coordinatorAway(): Promise<void> {
    return this.#generations.coordinatorAway();
  }

  /** Reports arrive in the order of the calls. */
  report(message: Report): void {
    if (message.peerFault) this.#control.trainedGeneration = 0;
    this.#link.post({ kind: 'send', message });
  }

  /** A line for the cluster's log, as far as there is room for it; may be said before `join`. Never waits and never fails. */
  log(entry: LogEntry): void {
    this.#link.post({ kind: 'log', entry });
  }

  /** What the next heartbeats say. Cheap: for every phase of every step. */
  setPhase(step: number, phase: WorkerPhase): void {
    this.#control.setProgress(step, phase);
  }

  /** The newest generation that this has not given yet. Rejects when the run ends (`TANDEM_RUN_ENDED`, `TANDEM_RUN_FAILED`) or the coordinator is lost. */
  async nextGeneration(): Promise<GenerationMessage> {
    const generation = await this.#generations.next();
    const rank = generation.members.find(({ name }) => name === this.#name)?.rank;
    invariant(rank !== undefined, `worker ${this.#name} was sent generation ${generation.number}, which it is not in`);
    this.#generation = { ...generation, rank };
    return this.#generation;
  }

  /**
   * The exchange among the members of the generation that nextGeneration gave last. Memory is allocated and zeroed; resolves
   * when all peers are connected. Rejects as GrpcTransport.connect does.
   */
  async openExchange(options: ExchangeOptions): Promise<ExchangeHandle> {
    const generation = this.#generation;
    invariant(generation !== undefined, 'an exchange was opened before there was a generation');
    const { elements, partials, timeoutMs, connectTimeout, sharedMemory = 'auto', ...plan } = options;
    const exchange = (this.#exchanges += 1);
    const state = ExchangeState.allocate(plan.buckets.length);
    const extent = { elements, partials };
    const lends = sharedMemory === 'auto' && hasNeighbours(generation.members, generation.rank);
    const memory = (lends ? lentMemory(extent) : undefined) ?? privateMemory(extent);
    try {
      const { arrays, own } = openMemory(memory);
      const { lentTo } = await this.#link.call('openExchange', {
        ...plan,
        ...{ exchange, generation, timeoutMs, memory },
        connectTimeoutMs: connectTimeout?.ms ?? timeoutMs,
        connectTimeoutName: connectTimeout?.name ?? 'exchange.timeoutMs',
        runId: this.#runId,
        rank: generation.rank,
        state: state.buffer,
      });
      return new SharedExchange({
        state,
        timeoutMs,
        lentTo,
        ...arrays,
        contribute: (step, bucket) => this.#link.post({ kind: 'contribute', exchange, step, bucket }),
        failure: () => this.#board.failureOf(exchange) ?? this.#board.lost ?? threadLost(undefined),
        close: async () => {
          // An exchange of a thread that is gone is closed.
          if (this.#closing === undefined) await this.#link.call('closeExchange', exchange);
          // The next generation's has hundreds of megabytes of its own.
          own?.clear();
        },
      });
    } finally {
      closeMemory(memory);
    }
  }

  /** Brings the checkpoint after `step` into `into`, its digest checked; one of another size is refused. */
  async fetchCheckpoint(
    step: number,
    into: SharedArrayBuffer,
    onProgress?: (bytes: number, totalBytes: number) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#link.call('fetchCheckpoint', { step, into }, { onProgress, signal });
  }

  /** Peers of the generation may fetch the state after `step` until the next generation or `withdrawState`. Takes `state` over. */
  offerState(generation: number, step: number, state: StoredState): void {
    this.#link.post({ kind: 'offerState', offer: { generation, step, state } });
  }

  /** All peers have what they needed. */
  withdrawState(): void {
    this.#link.post({ kind: 'withdrawState' });
  }

  /**
   * Brings the state after `step` of a peer that offers it into `into`, its digest checked; one of another size is refused. Rejects with
   * `TANDEM_STATE_…` that names the peer, or as `begin` does.
   */
  async fetchPeerState(
    generation: number,
    step: number,
    from: Member,
    into: SharedArrayBuffer,
    onProgress?: (bytes: number, totalBytes: number) => void,
  ): Promise<void> {
    await this.#link.call('fetchPeerState', { generation, step, from, into }, { onProgress });
  }

  /**
   * Resolves when the coordinator has taken the state after `step`. Takes `state` over. Rejects with
   * `TANDEM_SNAPSHOT_NOT_TAKEN`, also where another one is offered before it is taken; or when the run ends or the coordinator
   * is lost. While the coordinator is away, it waits.
   * `ifBest`: it is wanted only if the evaluation after the step is among the best.
   */
  async offerSnapshot(step: number, epoch: number, state: StoredState, ifBest = false): Promise<void> {
    await this.#link.call('offerSnapshot', { step, epoch, state, ifBest });
  }

  /**
   * Why to stop at the next step boundary, from the moment that it is known, also while this thread is blocked: the
   * coordinator said so or has ended the run, or it is lost.
   */
  get stopReason(): string | undefined {
    return this.#board.stopReason;
  }

  /** How the run ended, once the coordinator has said so. */
  get end(): EndOfRun | undefined {
    return this.#board.end;
  }

  /** Why there is nobody to report to any more. */
  get lost(): Error | undefined {
    return this.#board.lost;
  }

  /** Lets reports and gradients reach whom they are for, then ends streams, server and thread. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const timeout = {
      name: 'THREAD_CLOSE_TIMEOUT_MS',
      ms: THREAD_CLOSE_TIMEOUT_MS,
      waitingFor: 'the communication thread',
    };
    const closed = this.#link.call('close', undefined).then(() => this.#exited);
    try {
      await withTimeout(closed, timeout);
    } catch {
      await this.#worker.terminate();
    }
  }

  #receive(message: FromThread): void {
    if (this.#link.receive(message)) return;
    if (message.kind === 'refusal') return this.#onRefusal?.(message.text);
    if (message.kind === 'generation') this.#generations.push(message.generation);
    else if (message.kind === 'begin') this.#generations.begin(message.begin);
    else if (message.kind === 'booked') this.#generations.booked(message.booked);
    else if (message.kind === 'away' || message.kind === 'back') {
      this.#generations.setAway(message.kind === 'away');
      this.#onCoordinator(message.kind === 'away' ? message.how : undefined);
    }
    const { end, lost } = this.#board;
    if (end !== undefined) this.#generations.fail(end.failed ? runFailed(end.reason) : runEnded(end.reason));
    else if (lost !== undefined) this.#generations.fail(lost);
  }

  #threadEnded(cause: unknown): void {
    const error = threadLost(cause);
    this.#link.fail(error);
    this.#generations.fail(error);
    if (this.#closing === undefined) this.#board.postLost(error);
  }
}

/** `TANDEM_COMMUNICATION_LOST`: the thread ended when nobody asked it to. */
function threadLost(cause: unknown): RunError {
  return new RunError({ code: 'TANDEM_COMMUNICATION_LOST', what: 'the communication thread has ended', cause });
}
