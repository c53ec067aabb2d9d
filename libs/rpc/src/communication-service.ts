import { hostname } from 'node:os';
import { RunError, invariant, serializeError } from '@tandem/core';
import { CollectiveServer } from './collective-server.js';
import type { ControlBlock } from './control-block.js';
import { CoordinatorClient } from './coordinator-client.js';
import { runEnded, runFailed } from './coordinator-errors.js';
import { GrpcTransport } from './grpc-transport.js';
import type { EndOfRun, Generation, WorkerMessageInput } from './messages.js';
import { SnapshotOffer } from './snapshot-offer.js';
import { ThreadExchange } from './thread-exchange.js';
import { TimelineUplink } from './timeline/timeline-uplink.js';
import { openMemory } from './shared-memory/exchange-memory.js';
import type { Joined, Notice, OfferSnapshot, OpenExchange, OpenedExchange, ThreadData } from './thread-messages.js';

export interface CommunicationPorts {
  readonly control: ControlBlock;
  /** For a training thread that may be blocked. */
  readonly notify: (notice: Notice) => void;
  readonly onGeneration: (generation: Generation) => void;
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
  #runId = '';
  #generation = -1;
  #snapshot: SnapshotOffer | undefined;
  #timeline: TimelineUplink | undefined;

  constructor(data: ThreadData, ports: CommunicationPorts) {
    this.#data = data;
    this.#ports = ports;
  }

  async listen(): Promise<number> {
    this.#server = await CollectiveServer.listen({ host: this.#data.listenHost, port: 0 });
    return this.#server.port;
  }

  async join(signal: AbortSignal): Promise<Joined> {
    const { coordinator, name, device, version, advertiseHost, joinTimeoutMs } = this.#data;
    invariant(this.#server !== undefined && this.#client === undefined, 'a worker joins once, when it serves');
    const client = new CoordinatorClient({
      address: coordinator,
      joinTimeoutMs,
      progress: () => this.#ports.control.progress(),
      hello: {
        name,
        host: hostname(),
        pid: process.pid,
        exchangeAddress: `${advertiseHost}:${this.#server.port}`,
        tandemVersion: version,
        device,
      },
    });
    this.#client = client;
    client.on('generation', (generation) => this.#enter(generation));
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
    if (timeline === null) return { runId, heartbeatMs, configJson, timeline: undefined };
    const steps = { first: timeline.firstStep, last: timeline.lastStep };
    this.#timeline = new TimelineUplink({ steps, coordinator: client });
    return { runId, heartbeatMs, configJson, timeline: { steps, ring: this.#timeline.ring } };
  }

  send(message: WorkerMessageInput): void {
    // After its last words the coordinator may end the run, and listens no more.
    if (message.finished || message.failure) this.#timeline?.flush();
    this.#client?.send(message);
  }

  async openExchange(options: OpenExchange): Promise<OpenedExchange> {
    const { exchange, generation, rank, timeoutMs } = options;
    invariant(this.#server !== undefined, 'an exchange was opened before the worker served');
    const { arrays, own } = openMemory(options.memory);
    const transport = await GrpcTransport.connect({
      server: this.#server,
      runId: this.#runId,
      generation: generation.number,
      rank,
      members: generation.members,
      timeoutMs,
      memory: own,
      signal: this.#run.signal,
    });
    const opened = new ThreadExchange(options, arrays, transport, {
      onFailure: (error) => this.#ports.notify({ kind: 'exchangeFailed', exchange, error: serializeError(error) }),
      timeline: this.#timeline,
    });
    this.#exchanges.set(exchange, opened);
    if (generation.number < this.#generation) opened.fail(generationOver(generation.number, this.#generation));
    if (this.#run.signal.aborted) opened.fail(this.#run.signal.reason as Error);
    const others = generation.members.filter((member) => member.rank !== rank);
    return { lentTo: others.filter((member) => transport.lendsTo(member.rank)).map((member) => member.rank) };
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
    step: number,
    onProgress: (bytes: number, totalBytes: number) => void,
    signal: AbortSignal,
  ): Promise<SharedArrayBuffer> {
    invariant(this.#client !== undefined, 'a checkpoint was fetched before the worker had joined');
    const state = await this.#client.fetchCheckpoint(step, { onProgress, signal });
    return state.buffer as SharedArrayBuffer;
  }

  async offerSnapshot({ step, epoch, state, ifBest }: OfferSnapshot): Promise<void> {
    invariant(this.#snapshot === undefined, `step ${step} was offered while step ${this.#snapshot?.step} still is`);
    invariant(this.#server !== undefined, 'a state was offered before the worker served');
    if (this.#run.signal.aborted) throw this.#run.signal.reason;
    const snapshot = new SnapshotOffer(step);
    this.#snapshot = snapshot;
    try {
      const offered = { runId: this.#runId, step, state: new Uint8Array(state), onProgress: () => snapshot.progress() };
      this.#server.offer(offered);
      this.send({ snapshot: { step, epoch, ifBest } });
      await snapshot.taken;
    } finally {
      this.#server.offer(undefined);
      this.#snapshot = undefined;
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
    await this.#client?.close();
    await this.#server?.close();
  }

  #enter(generation: Generation): void {
    this.#generation = generation.number;
    this.#timeline?.enter(generation.number);
    for (const exchange of this.#exchanges.values()) {
      if (exchange.generation < generation.number) {
        exchange.fail(generationOver(exchange.generation, generation.number));
      }
    }
    this.#ports.onGeneration(generation);
  }

  #end(end: EndOfRun): void {
    const error = end.failed ? runFailed(end.reason) : runEnded(end.reason);
    this.#run.abort(error);
    this.#snapshot?.fail(error);
    if (end.failed) for (const exchange of this.#exchanges.values()) exchange.fail(error);
    this.#ports.notify({ kind: 'end', end });
  }
}

function generationOver(old: number, present: number): RunError {
  return new RunError({
    code: 'TANDEM_GENERATION_OVER',
    what: `generation ${old} is over: the members are now those of generation ${present}`,
    context: { generation: old, present },
  });
}
