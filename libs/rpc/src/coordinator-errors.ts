import { status as Status } from '@grpc/grpc-js';
import { RunError } from '@tandem/core';
import { describeStatus, isServiceError } from './errors.js';
import { identityFault } from './security/tls-faults.js';

/** `TANDEM_NO_COORDINATOR`: nobody answered at the address for as long as it was tried. */
export function noCoordinator(address: string, waitedMs: number, cause: unknown, limit: string): RunError {
  return new RunError({
    code: 'TANDEM_NO_COORDINATOR',
    what: `no coordinator answered at ${address} for ${(waitedMs / 1000).toFixed(1)} s (${describeStatus(cause)})`,
    remedy: `Start it (tandem coordinator --listen ${address}), or correct the address. The limit is ${limit}.`,
    context: { address, waitedMs: Math.round(waitedMs), timeout: limit },
    // A status is told above, and need not be told again.
    ...(!isServiceError(cause) && { cause }),
  });
}

/** `TANDEM_COORDINATOR_LOST`: the stream broke, and the coordinator did not come back. */
export function coordinatorLost(address: string, how: string, waitedMs: number, cause?: unknown): RunError {
  return new RunError({
    code: 'TANDEM_COORDINATOR_LOST',
    what: `the coordinator at ${address} is lost (${how}), and did not come back within ${waitedMs} ms`,
    remedy:
      'See its log for why it ended, and start it again with --resume at the same address. The limit is cluster.coordinatorTimeoutMs.',
    context: { address, timeout: 'cluster.coordinatorTimeoutMs', ms: waitedMs },
    cause,
  });
}

/** `TANDEM_RUN_FAILED`: the coordinator ended the run; its reason names the worker at fault. */
export function runFailed(reason: string): RunError {
  return new RunError({
    code: 'TANDEM_RUN_FAILED',
    what: reason,
    where: 'the coordinator ended the run',
    context: { reason },
  });
}

/** `TANDEM_RUN_ENDED`: the run came to its end in good order, and this came after it. */
export function runEnded(reason: string): RunError {
  return new RunError({ code: 'TANDEM_RUN_ENDED', what: `the run has ended${reason === '' ? '' : ` (${reason})`}` });
}

/** `TANDEM_GENERATION_OVER`: other members make up the cluster by now. What was under way is abandoned. */
export function generationOver(old: number, present: number): RunError {
  return new RunError({
    code: 'TANDEM_GENERATION_OVER',
    what: `generation ${old} is over: the members are now those of generation ${present}`,
    context: { generation: old, present },
  });
}

/** A coordinator that took the call and then said nothing. */
export class SilentCoordinator extends Error {
  constructor(ms: number) {
    super(`it took the call and said nothing for ${Math.round(ms)} ms`);
  }
}

const notAnswered = [Status.UNAVAILABLE, Status.DEADLINE_EXCEEDED, Status.CANCELLED];

/** Whether another attempt to join may succeed: nobody answered, or the one who did went away. */
export function isRetriable(thrown: unknown): boolean {
  if (isServiceError(thrown) && identityFault(thrown.details) !== undefined) return false;
  return thrown instanceof SilentCoordinator || (isServiceError(thrown) && notAnswered.includes(thrown.code));
}

const refusals = [
  Status.FAILED_PRECONDITION,
  Status.ALREADY_EXISTS,
  Status.INVALID_ARGUMENT,
  Status.PERMISSION_DENIED,
  Status.UNAUTHENTICATED,
];

/** Whether a coordinator answered and does not want this worker; of one that is coming up, anything else may be heard. */
export function isRefusal(thrown: unknown): boolean {
  return isServiceError(thrown) && refusals.includes(thrown.code);
}

/**
 * A refusal as an error: `TANDEM_NAME_TAKEN` (a second worker of that name), `TANDEM_NOT_A_COORDINATOR` (something else
 * listens there) or `TANDEM_JOIN_REFUSED` (other protocol version, a full run, a worker that was lost too often: the coordinator says).
 */
export function joinRefused(address: string, name: string, cause: unknown): RunError {
  const context = { address, name, status: isServiceError(cause) ? Status[cause.code] : undefined };
  const code = isServiceError(cause) ? cause.code : undefined;
  const fault = isServiceError(cause) ? identityFault(cause.details) : undefined;
  if (fault !== undefined) {
    return new RunError({
      code: 'TANDEM_TLS_PEER',
      what: `what listens at ${address} cannot be trusted: ${fault}`,
      remedy: 'Give certificates of one authority to all (tandem certs issue), or correct the address.',
      context,
      cause,
    });
  }
  if (code === Status.UNAUTHENTICATED || code === Status.PERMISSION_DENIED) {
    return new RunError({
      code: 'TANDEM_NOT_ADMITTED',
      what: `the coordinator at ${address} does not admit ${name} (${describeStatus(cause)})`,
      remedy: 'Give it the run’s join token (--token-file, TANDEM_TOKEN) and a certificate for what it does (--certs).',
      context,
      cause,
    });
  }
  if (code === Status.ALREADY_EXISTS) {
    return new RunError({
      code: 'TANDEM_NAME_TAKEN',
      what: `the coordinator at ${address} has a worker named ${name} already (${describeStatus(cause)})`,
      remedy: 'Give every worker a name of its own (--name).',
      context,
      cause,
    });
  }
  if (code === Status.UNIMPLEMENTED || code === Status.UNKNOWN || code === Status.INTERNAL) {
    return new RunError({
      code: 'TANDEM_NOT_A_COORDINATOR',
      what: `what listens at ${address} did not answer as a coordinator does (${describeStatus(cause)})`,
      remedy: 'Correct the address of the coordinator (--coordinator HOST:PORT).',
      context,
      cause,
    });
  }
  return new RunError({
    code: 'TANDEM_JOIN_REFUSED',
    what: `the coordinator at ${address} refused worker ${name} (${describeStatus(cause)})`,
    remedy: 'All of a run must have the same version of Tandem; see the coordinator’s log.',
    context,
    cause,
  });
}
