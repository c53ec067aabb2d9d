import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type FaultPoint, RunError, faultPoint, invariant, serializeError } from '@tandem/core';
import { type LinesToSend, type LogEntry, LogUplink } from '@tandem/observability';
import { CollectiveServer } from './collective-server.js';
import type { ControlBlock } from './control-block.js';
import { CoordinatorClient } from './coordinator-client.js';
import { generationOver, runEnded, runFailed } from './coordinator-errors.js';
import { GrpcTransport } from './grpc-transport.js';
import { logBatch } from './log-batch.js';
import type { EndOfRun, Generation, WorkerMessageInput } from './messages.js';
import { SnapshotOffer } from './snapshot-offer.js';
import { discardState, sourceOf } from './stored-state.js';
import { RefusalLog } from './security/refusal-log.js';
import { WatchingServer } from './watching/watching-server.js';
import type { WorkerMetrics } from './watching/worker-metrics.js';
import { ThreadExchange } from './thread-exchange.js';
import { TimelineUplink } from './timeline/timeline-uplink.js';
import { fetchOfferedState } from './fetch-offered-state.js';
import { openMemory } from './shared-memory/exchange-memory.js';
import type {
  FetchCheckpoint,
  FetchPeerState,
  FromThread,
  Joined,
  Listens,
  Notice,
  OfferSnapshot,
  OfferState,
  OpenExchange,
  OpenedExchange,
  ThreadData,
} from './thread-messages.js';

/** What the communication thread says unasked. */
type ToldKind = 'generation' | 'begin' | 'booked' | 'away' | 'back' | 'refusal';

export interface CommunicationPorts {
  readonly control: ControlBlock;
  /** For a training thread that may be blocked. */
  readonly notify: (notice: Notice) => void;
  readonly tell: (message: Extract<FromThread, { kind: ToldKind }>) => void;
}

/** All that a worker says over the network, as it runs in the communication thread. */
export class CommunicationService {
  readonly #data: ThreadData;
  readonly #ports: CommunicationPorts;
  readonly #exchanges = new Map<number, ThreadExchange>();
  /** Aborted when the run is over. */
  readonly #run = new AbortController();
  #server: CollectiveServer | undefined;
  #client: CoordinatorClient | undefined;
  #metrics: WorkerMetrics | undefined;
  #watching: WatchingServer | undefined;
  #runId = '';
  /** Of the newest generation; aborted when there is a newer one, or the run is over. */
  #present = new AbortController();
  #snapshot: SnapshotOffer | undefined;
  /** Ends the offer of a state to peers. */
  #withdraw: (() => void) | undefined;
  readonly #faultPoint: FaultPoint;
  #timeline: TimelineUplink | undefined;
  readonly #logs = new LogUplink();

  constructor(data: ThreadData, ports: CommunicationPorts) {
    this.#data = data;
    this.#faultPoint = faultPoint(data.name);
    this.#ports = ports;
  }

  async listen(): Promise<Listens> {
    const { listenHost: host, security } = this.#data;
    const onRefusal = (text: string) => this.#ports.tell({ kind: 'refusal', text });
    this.#server = await CollectiveServer.listen({ host, port: 0, security, onRefusal });
    if (this.#data.metricsListen !== undefined) await this.#watch(this.#data.metricsListen, onRefusal);
    return { port: this.#server.port, metricsUrl: this.#watching?.url };
  }

  async #watch(listen: string, onRefusal: (text: string) => void): Promise<void> {
    const { name, security } = this.#data;
    // Prometheus' client is loaded only where somebody is to read.
    const { WorkerMetrics } = await import('./watching/worker-metrics.js');
    this.#metrics = new WorkerMetrics(name, this.#ports.control);
    this.#watching = await WatchingServer.listen({
      ...{ listen, security, metrics: this.#metrics, health: this.#server!.health },
      refusals: new RefusalLog(onRefusal),
    });
  }

  async join(signal: AbortSignal): Promise<Joined> {
    const { coordinator, name, device, version, advertiseHost, joinTimeoutMs, security } = this.#data;
    invariant(this.#server !== undefined && this.#client === undefined, 'a worker joins once, when it serves');
    const client = new CoordinatorClient({
      address: coordinator,
      joinTimeoutMs,
      security,
      progress: () => this.#ports.control.progress(),
      generation: () => this.#ports.control.trainedGeneration,
      hello: {
        name,
        incarnation: randomUUID(),
        host: hostname(),
        pid: process.pid,
        exchangeAddress: `${advertiseHost}:${this.#server.port}`,
        tandemVersion: version,
        device,
      },
    });
    this.#client = client;
    client.on('generation', (generation) => this.#enter(generation));
    client.on('begin', (begin) => this.#ports.tell({ kind: 'begin', begin }));
    client.on('booked', (booked) => this.#ports.tell({ kind: 'booked', booked }));
    client.on('away', (how) => {
      this.#ports.control.coordinatorAway = true;
      this.#snapshot?.suspend();
      this.#logs.suspend();
      this.#timeline?.suspend();
      this.#ports.tell({ kind: 'away', how });
    });
    client.on('back', () => {
      this.#ports.control.coordinatorAway = false;
      // Where this worker was in no generation yet, it may be in another run by now.
      this.#runId = client.runId;
      if (this.#snapshot !== undefined) client.send({ snapshot: this.#snapshot.resume() });
      this.#openLogs(client);
      this.#timeline?.resume();
      this.#ports.tell({ kind: 'back' });
    });
    client.on('stop', ({ reason }) => this.#ports.notify({ kind: 'stop', reason }));
    client.on('snapshotTaken', ({ step }) => {
      if (step === this.#snapshot?.step) this.#snapshot.take();
    });
    client.on('clockReading', (reading) => this.#timeline?.clockRead(reading));
    client.on('end', (end) => this.#end(end));
    client.on('lost', (error) => {
      this.#snapshot?.fail(error);
      this.#ports.notify({ kind: 'lost', error: serializeError(error) });
    });
    const { runId, heartbeatMs, configJson, timeline } = await client.join(signal);
    this.#runId = runId;
    if (!client.isAway) this.#openLogs(client);
    if (timeline === null) return { runId, heartbeatMs, configJson, timeline: undefined };
    const { firstStep: first, lastStep: last, everySteps } = timeline;
    const steps = { first, last, everySteps };
    this.#timeline = new TimelineUplink({ steps, coordinator: client });
    return { runId, heartbeatMs, configJson, timeline: { steps, ring: this.#timeline.ring } };
  }

  send(message: WorkerMessageInput): void {
    // After its last words the coordinator may end the run, and listens no more.
    if (message.finished || message.failure) {
      this.#timeline?.flush();
      this.#logs.flush();
    }
    if (message.step) this.#metrics?.stepped(message.step);
    this.#client?.send(message);
  }

  log(entry: LogEntry): void {
    this.#logs.add(entry);
  }

  #openLogs(client: CoordinatorClient): void {
    this.#logs.open((lines: LinesToSend) => client.send({ log: logBatch(lines) }));
  }

  async openExchange(options: OpenExchange): Promise<OpenedExchange> {
    const { exchange, generation, rank, connectTimeoutMs, connectTimeoutName } = options;
    this.#checkPresent(generation.number);
    invariant(this.#server !== undefined, 'an exchange was opened before the worker served');
    const { arrays, own } = openMemory(options.memory);
    const transport = await GrpcTransport.connect({
      server: this.#server,
      runId: this.#runId,
      generation: generation.number,
      rank,
      members: generation.members,
      timeoutMs: connectTimeoutMs,
      timeoutName: connectTimeoutName,
      memory: own,
      signal: this.#present.signal,
    });
    const opened = new ThreadExchange(options, arrays, transport, {
      onFailure: (error) => this.#ports.notify({ kind: 'exchangeFailed', exchange, error: serializeError(error) }),
      timeline: this.#timeline,
      faultPoint: this.#faultPoint,
    });
    this.#exchanges.set(exchange, opened);
    const { newestGeneration } = this.#ports.control;
    if (generation.number < newestGeneration) opened.fail(generationOver(generation.number, newestGeneration));
    if (this.#run.signal.aborted) opened.fail(this.#run.signal.reason as Error);
    const others = generation.members.filter((member) => member.rank !== rank);
    return { lentTo: others.filter((member) => transport.lendsTo(member.rank)).map((member) => member.rank) };
  }

  /** Peers may fetch the state until the next one is offered, or the next generation comes. */
  offerState({ generation, step, state }: OfferState): void {
    invariant(this.#server !== undefined, 'a state was offered before the worker served');
    this.withdrawState();
    if (generation < this.#ports.control.newestGeneration) return discardState(state);
    const onProgress = () => this.#faultPoint('state-transfer', step);
    this.#withdraw = this.#server.offer({ runId: this.#runId, step, state: sourceOf(state), onProgress });
  }

  withdrawState(): void {
    this.#withdraw?.();
    this.#withdraw = undefined;
  }

  async fetchPeerState(
    { generation, step, from, into }: FetchPeerState,
    onProgress: (bytes: number, totalBytes: number) => void,
  ): Promise<undefined> {
    this.#checkPresent(generation);
    const { signal } = this.#present;
    const progress = (bytes: number, totalBytes: number) => {
      this.#faultPoint('state-transfer', step);
      onProgress(bytes, totalBytes);
    };
    const { security } = this.#data;
    const request = { runId: this.#runId, step };
    await fetchOfferedState(from, request, { into: new Uint8Array(into), onProgress: progress, signal, security });
    return undefined;
  }

  nameTimelineSpan(name: string): void {
    this.#timeline?.addName(name);
  }

  contribute(exchange: number, step: number, bucket: number): void {
    this.#exchanges.get(exchange)?.contribute(step, bucket);
  }

  async closeExchange(exchange: number): Promise<void> {
    const open = this.#exchanges.get(exchange);
    this.#exchanges.delete(exchange);
    await open?.close();
  }

  async fetchCheckpoint(
    { step, into }: FetchCheckpoint,
    onProgress: (bytes: number, totalBytes: number) => void,
    signal: AbortSignal,
  ): Promise<undefined> {
    invariant(this.#client !== undefined, 'a checkpoint was fetched before the worker had joined');
    await this.#client.fetchCheckpoint(step, { into: new Uint8Array(into), onProgress, signal });
    return undefined;
  }

  async offerSnapshot({ step, epoch, state, ifBest }: OfferSnapshot): Promise<void> {
    invariant(this.#server !== undefined, 'a state was offered before the worker served');
    if (this.#run.signal.aborted) {
      discardState(state);
      throw this.#run.signal.reason;
    }
    // One that a coordinator that is away has not taken makes room for a newer one.
    this.#snapshot?.fail(snapshotSuperseded(this.#snapshot.step, step));
    const snapshot = new SnapshotOffer(step, epoch, ifBest);
    this.#snapshot = snapshot;
    const onProgress = () => snapshot.progress();
    const withdraw = this.#server.offer({ runId: this.#runId, step, state: sourceOf(state), onProgress });
    try {
      if (this.#client?.isAway === true) snapshot.suspend();
      this.#client?.send({ snapshot: { step, epoch, ifBest } });
      await snapshot.taken;
    } finally {
      withdraw();
      if (this.#snapshot === snapshot) this.#snapshot = undefined;
    }
  }

  /** Everything open fails with this error: the thread is about to end. */
  crash(error: Error): void {
    for (const exchange of this.#exchanges.values()) exchange.fail(error);
    this.#ports.notify({ kind: 'lost', error: serializeError(error) });
  }

  /** Lets the last gradients and reports leave, then closes everything. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#exchanges.keys(), (exchange) => this.closeExchange(exchange)));
    this.#snapshot?.fail(new RunError({ code: 'TANDEM_EXCHANGE_CLOSED', what: 'the worker is leaving' }));
    this.#timeline?.close();
    this.#logs.flush();
    await this.#client?.close();
    await this.#server?.close();
    await this.#watching?.close();
  }

  #enter(generation: Generation): void {
    const { control } = this.#ports;
    const over = generationOver(control.newestGeneration, generation.number);
    control.newestGeneration = generation.number;
    this.#timeline?.enter(generation.number);
    this.#metrics?.entered(generation);
    this.#client?.forgetFinished();
    this.#present.abort(over);
    this.#present = new AbortController();
    this.withdrawState();
    for (const exchange of this.#exchanges.values())
      if (exchange.generation < generation.number)
        exchange.fail(generationOver(exchange.generation, generation.number));
    this.#ports.tell({ kind: 'generation', generation });
  }

  #checkPresent(generation: number): void {
    if (this.#run.signal.aborted) throw this.#run.signal.reason as Error;
    const { newestGeneration } = this.#ports.control;
    if (generation < newestGeneration) throw generationOver(generation, newestGeneration);
  }

  #end(end: EndOfRun): void {
    const error = end.failed ? runFailed(end.reason) : runEnded(end.reason);
    this.#run.abort(error);
    this.#present.abort(error);
    this.#snapshot?.fail(error);
    if (end.failed) for (const exchange of this.#exchanges.values()) exchange.fail(error);
    this.#ports.notify({ kind: 'end', end });
  }
}

function snapshotSuperseded(step: number, by: number): RunError {
  return new RunError({
    code: 'TANDEM_SNAPSHOT_NOT_TAKEN',
    what: `the state after step ${step} was not taken before that after step ${by} was offered`,
    context: { step },
  });
}
