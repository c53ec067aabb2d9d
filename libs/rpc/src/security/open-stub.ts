import { createSecureContext } from 'node:tls';
import {
  type Client,
  type ClientOptions,
  credentials,
  InterceptingCall,
  type Interceptor,
  type ChannelCredentials,
} from '@grpc/grpc-js';
import type { ClusterRole } from '@tandem/core';
import { clientOptions } from '../channel-options.js';
import { AUTHORIZATION, authorizationOf } from './join-token.js';
import { requireEncryption } from './plaintext-rule.js';
import type { Security } from './security.js';
import { clientTls } from './tls-options.js';

/** A peer to call: where it is, what it must be, and how this process is known to it. */
export interface StubTarget {
  readonly address: string;
  readonly peer: ClusterRole;
  readonly security: Security;
}

/** A client of a peer. Throws a ConfigurationError (`TANDEM_PLAINTEXT`) where it would speak in plaintext to another machine. */
export function openStub<Stub extends Client>(
  Constructor: new (address: string, credentials: ChannelCredentials, options?: ClientOptions) => Stub,
  { address, peer, security }: StubTarget,
): Stub {
  requireEncryption(address, security, `the ${peer}’s address`);
  const { tls, token } = security;
  return new Constructor(address, channelCredentials(security, peer), {
    ...clientOptions,
    // Servers are known by their role, not by host; grpc-js would send an address as their name, which TLS forbids.
    ...(tls !== undefined && { 'grpc.ssl_target_name_override': peer }),
    ...(token !== undefined && { interceptors: [withToken(token)] }),
  });
}

function channelCredentials({ tls }: Security, peer: ClusterRole): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const { checkServerIdentity, ...context } = clientTls(tls, peer);
  return credentials.createFromSecureContext(createSecureContext(context), {
    checkServerIdentity: checkServerIdentity!,
  });
}

/** By an interceptor: call credentials of grpc-js are for TLS only, and loopback has none. */
function withToken(token: string): Interceptor {
  return (options, nextCall) =>
    new InterceptingCall(nextCall(options), {
      start: (metadata, listener, next) => {
        metadata.set(AUTHORIZATION, authorizationOf(token));
        next(metadata, listener);
      },
    });
}
