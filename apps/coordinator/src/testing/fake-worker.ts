import { randomUUID } from 'node:crypto';
import { type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import {
  clientOptions,
  CollectiveServer,
  type CoordinatorMessage,
  type CoordinatorStub,
  type HelloInput,
  loadTandemProtocol,
  memorySource,
  type PreparedInput,
  PROTOCOL_VERSION,
  type StepReportInput,
  type WorkerMessageInput,
} from '@tandem/rpc';
import { expect, vi } from 'vitest';

/** Two parameters of 4 and 2 values. */
export const fakePrepared: PreparedInput = {
  trainingSamples: 40,
  evaluationSamples: 6,
  datasetDigest: 'd1',
  networkDigest: '',
  classes: ['defective', 'functional'],
  channelMeans: [120.25],
  parameters: [
    { name: 'fc6/kernel', shape: [2, 2] },
    { name: 'fc6/bias', shape: [2] },
  ],
  tensorflowVersion: '2.21.0',
  threads: 1,
};

/** A worker that answers generations by itself, and else says what a test tells it to, over real gRPC. */
export class FakeWorker {
  readonly name: string;
  readonly received: CoordinatorMessage[] = [];
  readonly #client: CoordinatorStub;
  readonly #call: ClientDuplexStream<WorkerMessageInput, CoordinatorMessage>;
  readonly #server: CollectiveServer | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  /** Whether it says where it stands, and that it is ready. */
  answers = true;
  /** What it stands at, once it has weights. */
  step: number | undefined;
  /** Its weights' digest. */
  weights = 'w0';
  /** How its stream ended: "OK", or "ALREADY_EXISTS: …". */
  ended: { code: number; details: string } | undefined;

  private constructor(address: string, name: string, server: CollectiveServer | undefined, hello: HelloInput) {
    this.name = name;
    this.#server = server;
    this.#client = new (loadTandemProtocol().CoordinatorStub)(address, credentials.createInsecure(), clientOptions);
    this.#call = this.#client.join();
    this.#call.on('data', (message) => {
      this.received.push(message);
      if (this.answers) this.#answer(message);
    });
    this.#call.on('error', () => undefined);
    this.#call.on('status', ({ code, details }) => {
      this.ended = { code, details };
    });
    this.send({
      hello: {
        protocolVersion: PROTOCOL_VERSION,
        name,
        host: `host-of-${name}`,
        pid: 4711,
        exchangeAddress: `:${server?.port ?? 1}`,
        tandemVersion: '0.1.0',
        device: 'cpu',
        incarnation: randomUUID(),
        ...hello,
      },
    });
  }

  static async join(address: string, name: string, hello: HelloInput = {}): Promise<FakeWorker> {
    const server = await CollectiveServer.listen({ host: '127.0.0.1', port: 0 });
    return new FakeWorker(address, name, server, hello);
  }

  send(message: WorkerMessageInput): void {
    this.#call.write(message);
  }

  beat(everyMs: number): void {
    this.#heartbeat = setInterval(() => this.send({ heartbeat: { step: 0, phase: 'compute' } }), everyMs);
  }

  stopBeating(): void {
    clearInterval(this.#heartbeat);
  }

  prepare(changes: PreparedInput = {}): void {
    this.send({ prepared: { ...fakePrepared, ...changes } });
  }

  report(step: number, changes: StepReportInput = {}): void {
    const { number: generation, members } = this.got('generation');
    const facts = { epoch: 1, loss: 1 / step, learningRate: 0.01, samples: 8, stepMs: 10 };
    this.step = step;
    this.send({ step: { generation, step, worldSize: members.length, ...facts, ...changes } });
  }

  /** Says where it stands, in answer to the newest generation. */
  stand(): void {
    const { number: generation } = this.got('generation');
    this.send({ standing: { generation, trained: this.step !== undefined, step: this.step ?? 0 } });
  }

  /** Offers 6 weights and 6 momenta that tell the step, and says so. */
  offer(step: number, { ifBest = false } = {}): void {
    const values = Float32Array.from({ length: 12 }, (_, index) => step + index);
    const { runId } = this.got('welcome');
    this.#server?.offer({ runId, step, state: memorySource(new Uint8Array(values.buffer)) });
    this.send({ snapshot: { step, epoch: 1, ifBest } });
  }

  #answer(message: CoordinatorMessage): void {
    if (message.generation) this.stand();
    if (!message.begin) return;
    this.step = message.begin.step;
    this.send({ ready: { generation: message.begin.generation, weightsDigest: this.weights } });
  }

  /** How the generation of this number begins; waits for it. */
  async untilBegin(generation: number): Promise<NonNullable<CoordinatorMessage['begin']>> {
    await vi.waitFor(() => expect(this.received.map(({ begin }) => begin?.generation)).toContain(generation), {
      timeout: 5_000,
      interval: 5,
    });
    return this.received.find(({ begin }) => begin?.generation === generation)!.begin!;
  }

  /** The last message of this kind; waits for it. */
  async until<K extends NonNullable<CoordinatorMessage['kind']>>(kind: K): Promise<NonNullable<CoordinatorMessage[K]>> {
    await vi.waitFor(() => expect(this.received.map((message) => message.kind)).toContain(kind), {
      timeout: 5_000,
      interval: 5,
    });
    return this.got(kind);
  }

  got<K extends NonNullable<CoordinatorMessage['kind']>>(kind: K): NonNullable<CoordinatorMessage[K]> {
    return this.received.findLast((message) => message.kind === kind)![kind]!;
  }

  async untilEnded(): Promise<{ code: number; details: string }> {
    await vi.waitFor(() => expect(this.ended).toBeDefined(), { timeout: 5_000, interval: 5 });
    return this.ended!;
  }

  /** As when the process is killed. */
  async die(): Promise<void> {
    this.stopBeating();
    this.#call.cancel();
    this.#client.close();
    await this.#server?.close();
  }
}
