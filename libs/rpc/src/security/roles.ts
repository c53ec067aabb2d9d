import type { PeerCertificate } from 'node:tls';
import { type ClusterRole, clusterRoles, organizationOf } from '@tandem/core';

/** The roles that the authority gave the holder of a certificate whose chain has been verified. */
export function rolesOf({ subject }: Pick<PeerCertificate, 'subject'>): readonly ClusterRole[] {
  // Several of an attribute come as an array, which Node's types do not know.
  const organizations = [subject.O as string | readonly string[] | undefined].flat();
  return clusterRoles.filter((role) => organizations.includes(organizationOf(role)));
}

/** "node-a (worker)", for messages. */
export function describeHolder(certificate: Pick<PeerCertificate, 'subject'>): string {
  return `${certificate.subject.CN} (${rolesOf(certificate).join(', ') || 'no role'})`;
}
