import { Server, ServerCredentials, status as Status } from '@grpc/grpc-js';
import { type CoordinatorHandlers, type Hello, loadTandemProtocol, serverOptions } from '@tandem/rpc';

type Connection = Parameters<CoordinatorHandlers['Join']>[0];

/** As much of a coordinator as ranks need to find each other: all are welcome, and start when `ranks` of them are there. */
export class Rendezvous {
  readonly #server = new Server(serverOptions);
  readonly #ranks: number;
  readonly #joined: { readonly hello: Hello; readonly connection: Connection }[] = [];

  private constructor(ranks: number) {
    this.#ranks = ranks;
    const none = Object.assign(new Error('a rendezvous has none'), { code: Status.UNIMPLEMENTED });
    const handlers: CoordinatorHandlers = {
      Join: (connection) => this.#join(connection),
      GetStatus: (_, callback) => callback(none),
      FetchCheckpoint: (call) => call.emit('error', none),
    };
    this.#server.addService(loadTandemProtocol().coordinator, handlers);
  }

  /** Serves on a free port of 127.0.0.1. */
  static async open(ranks: number): Promise<{ rendezvous: Rendezvous; address: string }> {
    const rendezvous = new Rendezvous(ranks);
    const port = await new Promise<number>((resolve, reject) => {
      rendezvous.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    return { rendezvous, address: `127.0.0.1:${port}` };
  }

  close(): void {
    this.#server.forceShutdown();
  }

  #join(connection: Connection): void {
    connection.once('data', ({ hello }: { hello: Hello }) => {
      connection.write({ welcome: { runId: 'benchmark', heartbeatMs: 1_000, configJson: '{}' } });
      this.#joined.push({ hello, connection });
      if (this.#joined.length === this.#ranks) this.#start();
      connection.on('data', () => undefined);
    });
    connection.on('end', () => connection.end());
  }

  #start(): void {
    const members = this.#joined.map(({ hello }, rank) => ({ rank, name: hello.name, address: hello.exchangeAddress }));
    for (const { connection } of this.#joined)
      connection.write({ generation: { number: 1, members, configJson: '{}' } });
  }
}
