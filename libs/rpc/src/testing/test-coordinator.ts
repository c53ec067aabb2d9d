import { Server, ServerCredentials, status as Status } from '@grpc/grpc-js';
import type { ServerDuplexStream, ServerWritableStream } from '@grpc/grpc-js';
import { serverOptions } from '../channel-options.js';
import type {
  CoordinatorHandlers,
  CoordinatorMessageInput,
  Hello,
  StateChunkInput,
  StateRequest,
  WorkerMessage,
} from '../messages.js';
import { PROTOCOL_VERSION, loadTandemProtocol } from '../protocol.js';
import { sendState } from '../send-state.js';
import { memorySource } from '../stored-state.js';

export type Connection = ServerDuplexStream<WorkerMessage, CoordinatorMessageInput>;

export interface TestWorker {
  readonly hello: Hello;
  readonly connection: Connection;
  /** All that came after the hello. */
  readonly messages: WorkerMessage[];
  left: boolean;
}

/** The smallest coordinator: it welcomes every name once and keeps what it hears. */
export class TestCoordinator {
  readonly workers = new Map<string, TestWorker>();
  checkpoint = Buffer.alloc(0);
  port = 0;
  /** What workers are told. */
  coordinatorTimeoutMs = 300;
  runId = 'run';
  readonly #server = new Server(serverOptions);
  readonly #changes = new Set<() => void>();

  constructor() {
    const handlers: CoordinatorHandlers = {
      Join: (connection) => this.#join(connection),
      GetStatus: (_, callback) => callback(null, { state: 'waiting', members: [{ name: 'w0', step: 3 }] }),
      FetchCheckpoint: (call: ServerWritableStream<StateRequest, StateChunkInput>) =>
        void sendState(call, memorySource(this.checkpoint)),
    };
    this.#server.addService(loadTandemProtocol().coordinator, handlers);
  }

  async listen(port = 0): Promise<this> {
    this.port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    return this;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Resolves with what `condition` gives as soon as it gives something. */
  until<T>(condition: () => T | undefined | false): Promise<T> {
    return new Promise((resolve) => {
      const check = () => {
        const value = condition();
        if (value === undefined || value === false) return;
        this.#changes.delete(check);
        resolve(value);
      };
      this.#changes.add(check);
      check();
    });
  }

  worker(name: string): Promise<TestWorker> {
    return this.until(() => this.workers.get(name));
  }

  message(name: string, kind: WorkerMessage['kind']): Promise<WorkerMessage> {
    return this.until(() => this.workers.get(name)?.messages.find((message) => message.kind === kind));
  }

  broadcast(message: CoordinatorMessageInput): void {
    for (const { connection } of this.workers.values()) connection.write(message);
  }

  /** Ranks in the order of joining. */
  startGeneration(number = 1): void {
    const members = Array.from(this.workers.values(), ({ hello }, rank) => ({
      rank,
      name: hello.name,
      address: hello.exchangeAddress,
    }));
    this.broadcast({ generation: { number, members, configJson: '{}' } });
  }

  close(): void {
    this.#server.forceShutdown();
  }

  #changed(): void {
    for (const check of this.#changes) check();
  }

  #join(connection: Connection): void {
    let worker: TestWorker | undefined;
    connection.on('data', (message: WorkerMessage) => {
      if (worker === undefined) worker = this.#greet(connection, message.hello as Hello);
      else worker.messages.push(message);
      this.#changed();
    });
    const leave = () => {
      if (worker !== undefined) worker.left = true;
      this.#changed();
    };
    connection.on('end', () => {
      leave();
      connection.end();
    });
    connection.on('cancelled', leave);
  }

  #greet(connection: Connection, hello: Hello): TestWorker | undefined {
    const refuse = (code: Status, details: string) => {
      connection.emit('error', Object.assign(new Error(details), { code, details }));
      return undefined;
    };
    if (hello.protocolVersion !== PROTOCOL_VERSION)
      return refuse(Status.FAILED_PRECONDITION, 'another protocol version');
    if (this.workers.has(hello.name)) return refuse(Status.ALREADY_EXISTS, `there is a ${hello.name} already`);
    const worker = { hello, connection, messages: [], left: false };
    this.workers.set(hello.name, worker);
    connection.write({
      welcome: {
        runId: this.runId,
        heartbeatMs: 100,
        configJson: '{"a":1}',
        coordinatorTimeoutMs: this.coordinatorTimeoutMs,
      },
    });
    return worker;
  }
}
