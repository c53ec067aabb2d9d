import { ConfigurationError, RunError } from '@tandem/core';
import type { Failure } from '@tandem/rpc';
import type { Member } from './member.js';

/** A worker's own account of why it failed, under its own code and with its own exit code. */
export function workerFailed(
  member: Member,
  { code, message, peer, exitCode }: Failure,
): ConfigurationError | RunError {
  const details = {
    code: code || 'TANDEM_WORKER_FAILED',
    what: `${member.describe()} failed: ${message.replace(/\.$/, '')}`,
    context: { rank: member.rank, worker: member.name, host: member.hello.host, step: member.step, peer },
  };
  return exitCode === 2 ? new ConfigurationError(details) : new RunError(details);
}

/** `TANDEM_START_TIMEOUT`: too few workers, or too slow ones; says who is how far. */
export function startTimedOut(members: readonly Member[], minWorkers: number, ms: number): RunError {
  const progress = ({ prepared, phase }: Member) => (prepared === undefined ? 'preparing' : `prepared, ${phase}`);
  const there = members.map((member) => `${member.describe()}: ${progress(member)}`);
  return new RunError({
    code: 'TANDEM_START_TIMEOUT',
    what:
      `waited ${ms} ms for ${minWorkers} workers to get ready; ${members.length} joined` +
      (there.length === 0 ? '' : ` (${there.join('; ')})`),
    remedy: 'Start the missing workers, or see the logs of those that are late. The limit is cluster.startTimeoutMs.',
  });
}

/** Failures of a worker's own machine or process: the others can go on without it. Others would meet all the rest too. */
const OF_ONE_WORKER = new Set([
  'TANDEM_CANNOT_LISTEN',
  'TANDEM_COMMUNICATION_LOST',
  'TANDEM_DATA_THREAD',
  'TANDEM_UNFORESEEN',
]);

export function isOfOneWorker({ code, exitCode, peer }: Failure): boolean {
  return exitCode !== 2 && peer === '' && OF_ONE_WORKER.has(code);
}

/** `TANDEM_TOO_FEW_WORKERS`: nobody came in place of those that were lost; says what was lost last. */
export function tooFewWorkers(there: number, minWorkers: number, ms: number, last: Error | undefined): RunError {
  return new RunError({
    code: 'TANDEM_TOO_FEW_WORKERS',
    what:
      `training needs ${minWorkers} workers, has ${there}, and waited ${ms} ms for more` +
      (last === undefined ? '' : `; the last that was lost: ${last.message.replace(/\.$/, '')}`),
    remedy: 'Start workers, and go on with --resume. The limits are cluster.minWorkers and cluster.rejoinTimeoutMs.',
    context: { there, minWorkers, timeout: 'cluster.rejoinTimeoutMs', ms },
    cause: last,
  });
}
