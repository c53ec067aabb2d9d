import { createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import { MAX_CONNECTIONS } from '../channel-options.js';
import { peerOf } from './refusal-log.js';
import type { RefusalLog } from './refusal-log.js';
import { describeHolder } from './roles.js';
import type { TlsIdentity } from './security.js';
import { describeHandshakeFault } from './tls-faults.js';
import { serverTls } from './tls-options.js';

export interface TlsListenerOptions {
  /** That is spoken over it. Default: h2. */
  readonly protocol?: 'h2' | 'http/1.1';
  /** Callers without a certificate. Default: refuse. */
  readonly strangers?: 'refuse' | 'accept';
}

/**
 * A TLS server that hands on the connections of callers whose certificate is the authority's, and closes all others before a
 * byte of HTTP/2 is read from them. Not by Node's own `rejectUnauthorized`: that hangs up before it says who the caller was.
 *
 * `strangers`: 'accept' hands on those without a certificate too; what they may ask is for the one who accepts to say.
 */
export function createTlsListener(
  identity: TlsIdentity,
  refusals: RefusalLog,
  accept: (socket: TLSSocket) => void,
  { protocol = 'h2', strangers = 'refuse' }: TlsListenerOptions = {},
): Server {
  const server = createServer({ ...serverTls(identity), ALPNProtocols: [protocol] });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('secureConnection', (socket) => {
    socket.on('error', () => undefined);
    if (socket.authorized || (strangers === 'accept' && !hasCertificate(socket))) return accept(socket);
    refusals.add(peerOf(socket), strangerFault(socket));
    socket.destroy();
  });
  server.on('tlsClientError', (error, socket) => {
    // Who only looks whether the port is open says nothing and goes.
    if (socket.remoteAddress !== undefined) refusals.add(peerOf(socket), describeHandshakeFault(error));
  });
  return server;
}

function hasCertificate(socket: TLSSocket): boolean {
  return Object.keys(socket.getPeerCertificate()).length > 0;
}

function strangerFault(socket: TLSSocket): string {
  const certificate = socket.getPeerCertificate();
  if (!hasCertificate(socket)) return 'it has no certificate';
  const error = socket.authorizationError as unknown;
  const code = error instanceof Error ? error.message : String(error);
  return `${describeHandshakeFault(new Error(code))}, ${describeHolder(certificate)}`;
}
