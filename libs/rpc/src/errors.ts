import { status as Status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { RunError } from '@tandem/core';
import type { Member } from './messages.js';
import { identityFault } from './security/tls-faults.js';
import { printable } from './validation/printable.js';

/** "rank 2 (gpu-b) at 10.0.0.2:40001" */
export function describeMember(member: Member): string {
  return `rank ${member.rank} (${member.name}) at ${member.address}`;
}

export function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'number' && 'details' in thrown;
}

/** "UNAVAILABLE: Connection dropped" */
export function describeStatus(thrown: unknown): string {
  if (!isServiceError(thrown)) return thrown instanceof Error ? thrown.message : String(thrown);
  const fault = identityFault(thrown.details);
  const told = withoutFrame(thrown.details);
  const details = fault === undefined || fault === thrown.details ? told : `${fault} (${told})`;
  return `${Status[thrown.code] ?? thrown.code}: ${printable(details)}`;
}

/** What the system said, of grpc-js's "No connection established. Last error: Error: connect ECONNREFUSED …. Resolution note: ". */
function withoutFrame(details: string): string {
  return (
    /^No connection established\. Last error: (?:Error: )?(.+)\. Resolution note: $/s.exec(details)?.[1] ?? details
  );
}

/** `TANDEM_PEER_LOST`: a peer's stream broke, or it closed it while this rank was still in need of it. */
export function peerLost(member: Member, how: string, cause?: unknown): RunError {
  return new RunError({
    code: 'TANDEM_PEER_LOST',
    what: `the exchange lost ${describeMember(member)}: ${how}`,
    remedy: 'See that worker’s log for why it ended.',
    context: { rank: member.rank, peer: member.name, address: member.address },
    cause,
  });
}

/** `TANDEM_PEER_REFUSED`: a peer serves, but not to this rank: another protocol version, run or generation. */
export function peerRefused(member: Member, cause: ServiceError): RunError {
  return new RunError({
    code: 'TANDEM_PEER_REFUSED',
    what: `${describeMember(member)} refused to exchange gradients (${describeStatus(cause)})`,
    remedy: 'All workers of a run must have the same version of Tandem and be in the same run.',
    context: { rank: member.rank, peer: member.name, address: member.address },
    cause,
  });
}
