import type { ConnectionOptions, PeerCertificate, TlsOptions } from 'node:tls';
import type { ClusterRole } from '@tandem/core';
import { describeHolder, rolesOf } from './roles.js';
import type { TlsIdentity } from './security.js';
import { WRONG_ROLE } from './tls-faults.js';

/** A caller that has not finished its handshake after so long is cut off. */
export const TLS_HANDSHAKE_TIMEOUT_MS = 10_000;

function contextOf({ certificate, key, authority }: TlsIdentity) {
  return { cert: certificate, key, ca: authority, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const;
}

/** Asks for the caller's certificate; whether it is the authority's is on the socket, as `authorized`. */
export function serverTls(identity: TlsIdentity): TlsOptions {
  return {
    ...contextOf(identity),
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: TLS_HANDSHAKE_TIMEOUT_MS,
  };
}

export function clientTls(identity: TlsIdentity, peer: ClusterRole): ConnectionOptions {
  return { ...contextOf(identity), checkServerIdentity: (_, certificate) => roleFault(certificate, peer) };
}

/**
 * Instead of host names, which a cluster's machines may have none of that last: the authority is the cluster's own, and says
 * who may be its coordinator.
 */
export function roleFault(certificate: PeerCertificate, wanted: ClusterRole): Error | undefined {
  if (rolesOf(certificate).includes(wanted)) return undefined;
  const message = `its certificate is for ${describeHolder(certificate)}, not for a ${wanted}`;
  return Object.assign(new Error(message), { code: WRONG_ROLE });
}
