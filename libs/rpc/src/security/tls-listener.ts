import { createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import { MAX_CONNECTIONS } from '../channel-options.js';
import { peerOf } from './refusal-log.js';
import type { RefusalLog } from './refusal-log.js';
import { describeHolder } from './roles.js';
import type { TlsIdentity } from './security.js';
import { describeHandshakeFault } from './tls-faults.js';
import { serverTls } from './tls-options.js';

/**
 * A TLS server that hands on the connections of callers whose certificate is the authority's, and closes all others before a
 * byte of HTTP/2 is read from them. Not by Node's own `rejectUnauthorized`: that hangs up before it says who the caller was.
 */
export function createTlsListener(
  identity: TlsIdentity,
  refusals: RefusalLog,
  accept: (socket: TLSSocket) => void,
): Server {
  const server = createServer({ ...serverTls(identity), ALPNProtocols: ['h2'] });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('secureConnection', (socket) => {
    socket.on('error', () => undefined);
    if (socket.authorized) return accept(socket);
    refusals.add(peerOf(socket), strangerFault(socket));
    socket.destroy();
  });
  server.on('tlsClientError', (error, socket) => {
    // Who only looks whether the port is open says nothing and goes.
    if (socket.remoteAddress !== undefined) refusals.add(peerOf(socket), describeHandshakeFault(error));
  });
  return server;
}

function strangerFault(socket: TLSSocket): string {
  const certificate = socket.getPeerCertificate();
  if (Object.keys(certificate).length === 0) return 'it has no certificate';
  const error = socket.authorizationError as unknown;
  const code = error instanceof Error ? error.message : String(error);
  return `${describeHandshakeFault(new Error(code))}, ${describeHolder(certificate)}`;
}
