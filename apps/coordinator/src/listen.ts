import type { AddressInfo } from 'node:net';
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import { createTlsListener, type RefusalLog, type Security, type TlsIdentity } from '@tandem/rpc';
import { cannotListen } from './errors.js';
import { parseListenAddress } from './listen-address.js';

export interface Listening {
  readonly port: number;
  /** Takes no more connections; resolves when those that there are have ended. */
  close(): Promise<void>;
  /** Breaks off all connections. */
  forceClose(): void;
}

/** Throws a ConfigurationError (`TANDEM_PORT_IN_USE`, `TANDEM_CANNOT_LISTEN`). */
export function listen(server: Server, address: string, { tls }: Security, refusals: RefusalLog): Promise<Listening> {
  return tls === undefined ? listenInPlaintext(server, address) : listenWithTls(server, address, tls, refusals);
}

async function listenInPlaintext(server: Server, address: string): Promise<Listening> {
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) return resolve(bound);
      server.forceShutdown();
      reject(cannotListen(address, error));
    });
  });
  return { port, close: () => shutDown(server), forceClose: () => server.forceShutdown() };
}

/** TLS of Node's own, which can be held to 1.3 and tells of those that it refuses; grpc-js gets what it lets in. */
async function listenWithTls(
  server: Server,
  address: string,
  identity: TlsIdentity,
  refusals: RefusalLog,
): Promise<Listening> {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = createTlsListener(identity, refusals, (socket) => injector.injectConnection(socket));
  const { host, port } = parseListenAddress(address);
  try {
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(port, host.replace(/^\[(.*)\]$/, '$1'), resolve);
    });
  } catch (error) {
    server.forceShutdown();
    throw cannotListen(address, error as Error);
  }
  return {
    port: (listener.address() as AddressInfo).port,
    close: () => {
      listener.close();
      return shutDown(server);
    },
    forceClose: () => {
      listener.close();
      server.forceShutdown();
    },
  };
}

function shutDown(server: Server): Promise<void> {
  return new Promise((resolve) => server.tryShutdown(() => resolve()));
}
