import { describeError } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import { farewell } from './farewell.js';
import { removeRecord } from './generation-record.js';
import type { RunOutcome } from './options.js';
import type { RunParts } from './run-parts.js';

/** How a run ends, before all is closed. */
export type RunEnd = Pick<RunOutcome, 'result'> & Partial<Pick<RunOutcome, 'reason' | 'error' | 'worker' | 'failedAt'>>;

export interface EndRunOptions {
  readonly parts: RunParts;
  readonly runDirectory: string;
  readonly log: Logger;
  /** Another coordinator leads the run by now: what is in the run directory is its. */
  readonly isTakenOver: () => boolean;
}

/** The last things of a run that is over: its members hear of it, what is under way is closed, and all who watch are let go. */
export async function endRun(
  { result, reason, error, worker, failedAt }: RunEnd,
  { parts, runDirectory, log, isTakenOver }: EndRunOptions,
): Promise<RunOutcome> {
  const { life, job, workers, timeline, forwarded, monitor, chronicle } = parts;
  parts.release();
  if (!isTakenOver()) removeRecord(runDirectory);
  const end = { failed: life.state === 'failed', reason: reason ?? '' };
  const members = workers.connected;
  for (const member of members) member.send({ end });
  const { step, training } = job;
  timeline?.mark(`the run ${result === 'failed' ? 'failed' : `is ${result}`}`, { step });
  const checkpoint = await training?.close().catch((unclosed: unknown) => {
    log.error({ event: 'training.close-failed', err: unclosed as Error }, describeError(unclosed));
  });
  await farewell(members);
  forwarded.close();
  monitor.close();
  timeline?.close();
  if (!isTakenOver()) chronicle.ended({ result, step, reason, error });
  const missedCheckpoints = training?.missedCheckpoints ?? [];
  return { ...{ result, step, missedCheckpoints, reason, error, failedAt, worker }, checkpoint: checkpoint?.directory };
}
