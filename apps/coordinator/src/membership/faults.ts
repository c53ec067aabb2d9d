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
    context: { rank: member.rank, worker: member.name, step: member.step, peer },
  };
  return exitCode === 2 ? new ConfigurationError(details) : new RunError(details);
}

/** `TANDEM_START_TIMEOUT`: too few workers, or too slow ones; says who is how far. */
export function startTimedOut(members: readonly Member[], minWorkers: number, ms: number): RunError {
  const progress = ({ prepared, weightsDigest }: Member) =>
    weightsDigest !== undefined ? 'ready' : prepared !== undefined ? 'prepared' : 'preparing';
  const there = members.map((member) => `${member.describe()}: ${progress(member)}`);
  return new RunError({
    code: 'TANDEM_START_TIMEOUT',
    what:
      `waited ${ms} ms for ${minWorkers} workers to get ready; ${members.length} joined` +
      (there.length === 0 ? '' : ` (${there.join('; ')})`),
    remedy: 'Start the missing workers, or see the logs of those that are late. The limit is cluster.startTimeoutMs.',
  });
}
