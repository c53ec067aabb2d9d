import { sensitiveHeaders } from 'node:http2';
import type {
  IncomingHttpHeaders,
  OutgoingHttpHeaders,
  SecureClientSessionOptions,
  ServerHttp2Stream,
} from 'node:http2';
import { TLSSocket } from 'node:tls';
import type { ClusterRole } from '@tandem/core';
import type { CallFacts } from './call-guard.js';
import { AUTHORIZATION, authorizationOf } from './join-token.js';
import { requireEncryption } from './plaintext-rule.js';
import { rolesOf } from './roles.js';
import type { Security } from './security.js';
import { clientTls } from './tls-options.js';

// What the exchange's own gRPC, on Node's HTTP/2, needs to be as guarded as grpc-js is by openStub and guardInterceptors.

/** What `connect` of node:http2 gets. Throws a ConfigurationError (`TANDEM_PLAINTEXT`). */
export function connectOptions(
  address: string,
  security: Security,
  peer: ClusterRole,
): SecureClientSessionOptions & { readonly scheme: 'http' | 'https' } {
  requireEncryption(address, security, `the ${peer}’s address`);
  return security.tls === undefined ? { scheme: 'http' } : { scheme: 'https', ...clientTls(security.tls, peer) };
}

/** Header tables of HTTP/2 do not keep it. */
export function tokenHeaders({ token }: Security): OutgoingHttpHeaders {
  if (token === undefined) return {};
  return { [AUTHORIZATION]: authorizationOf(token), [sensitiveHeaders]: [AUTHORIZATION] } as OutgoingHttpHeaders;
}

export function factsOf(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): CallFacts {
  const socket = stream.session?.socket;
  return {
    path: headers[':path'] ?? '',
    authorization: headers[AUTHORIZATION],
    roles: socket instanceof TLSSocket && socket.authorized ? rolesOf(socket.getPeerCertificate()) : undefined,
  };
}
