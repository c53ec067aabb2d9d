import { MessageChannel } from 'node:worker_threads';
import { invariant } from '@tandem/core';
import { type LogEntry, TimelineRecorder, TimelineRing } from '@tandem/observability';
import { ControlBlock } from './control-block.js';
import { runEnded, runFailed } from './coordinator-errors.js';
import type { ExchangeHandle } from './exchange-handle.js';
import { GenerationDialogue } from './generation-dialogue.js';
import { GenerationMailbox } from './generation-mailbox.js';
import { defaultAdvertiseHost, defaultListenHost } from './listen-host.js';
import type { EndOfRun, PreparedInput, WorkerMessageInput } from './messages.js';
import { NoticeBoard } from './notice-board.js';
import type { WorkerPhase } from './phases.js';
import { requireEncryption } from './security/plaintext-rule.js';
import { LOOPBACK_ONLY } from './security/security.js';
import type { Security } from './security/security.js';
import { type ExchangeOptions, SharedExchanges } from './shared-exchanges.js';
import { StateTransfers } from './state-transfers.js';
import { ThreadHost } from './thread-host.js';
import type { ThreadLink } from './thread-link.js';
import type { FromThread, Joined } from './thread-messages.js';

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
  readonly generations: GenerationDialogue;
  readonly states: StateTransfers;
  readonly #thread: ThreadHost;
  readonly #link: ThreadLink;
  readonly #control = new ControlBlock();
  readonly #board: NoticeBoard;
  readonly #mailbox = new GenerationMailbox();
  readonly #exchanges: SharedExchanges;
  readonly #options: CommunicationOptions;
  #metricsUrl: string | undefined;
  #runId = '';
  #timeline: TimelineRecorder | undefined;

  private constructor(options: CommunicationOptions) {
    const { coordinator, name, device, version, joinTimeoutMs, security = LOOPBACK_ONLY, metricsListen } = options;
    requireEncryption(coordinator, security, '--coordinator');
    const listenHost = options.listenHost ?? defaultListenHost(coordinator);
    requireEncryption(`${listenHost}:0`, security, 'the address that peers are served at');
    const advertiseHost = options.advertiseHost ?? defaultAdvertiseHost(listenHost);
    const { port1: here, port2: notices } = new MessageChannel();
    this.#options = options;
    this.#board = new NoticeBoard(here, this.#control);
    this.#thread = new ThreadHost({
      data: {
        ...{ control: this.#control.buffer, notices, coordinator, name, device, version, listenHost, advertiseHost },
        ...{ joinTimeoutMs, security, metricsListen },
      },
      heard: (message) => this.#heard(message),
      ended: (error, asked) => {
        this.#mailbox.fail(error);
        if (!asked) this.#board.postLost(error);
      },
    });
    this.#link = this.#thread.link;
    this.generations = new GenerationDialogue({
      ...{ name, link: this.#link, control: this.#control, mailbox: this.#mailbox },
    });
    this.states = new StateTransfers(this.#link);
    this.#exchanges = new SharedExchanges(this.#thread, this.#board);
  }

  /** Resolves when the thread is up and serves its peers. Rejects with a ConfigurationError (`TANDEM_PLAINTEXT`) too. */
  static async start(options: CommunicationOptions): Promise<Communication> {
    const communication = new Communication(options);
    try {
      const { metricsUrl } = await communication.#thread.listening();
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

  /** Among the members of the generation that was given last: see SharedExchanges.open. */
  async openExchange(options: ExchangeOptions): Promise<ExchangeHandle> {
    const generation = this.generations.present;
    invariant(generation !== undefined, 'an exchange was opened before there was a generation');
    return this.#exchanges.open(options, { runId: this.#runId, generation });
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
    return this.#thread.close();
  }

  #heard(message: FromThread): void {
    const { onRefusal, onCoordinator } = this.#options;
    if (message.kind === 'refusal') return onRefusal?.(message.text);
    if (message.kind === 'generation') this.#mailbox.push(message.generation);
    else if (message.kind === 'begin') this.#mailbox.begin(message.begin);
    else if (message.kind === 'booked') this.#mailbox.booked(message.booked);
    else if (message.kind === 'away' || message.kind === 'back') {
      this.#mailbox.setAway(message.kind === 'away');
      onCoordinator?.(message.kind === 'away' ? message.how : undefined);
    }
    const { end, lost } = this.#board;
    if (end !== undefined) this.#mailbox.fail(end.failed ? runFailed(end.reason) : runEnded(end.reason));
    else if (lost !== undefined) this.#mailbox.fail(lost);
  }
}
