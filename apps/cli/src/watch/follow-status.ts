import { delay, RunError } from '@tandem/core';
import type { ClusterStatus } from '@tandem/rpc';

export const WATCH_INTERVAL_MS = 1_000;

/** A coordinator that does not answer may be about to come back: it is looked for so long. */
export const GONE_AFTER_MS = 30_000;

export interface FollowOptions {
  readonly ask: () => Promise<ClusterStatus>;
  /** Default: WATCH_INTERVAL_MS. */
  readonly intervalMs?: number;
  /** Default: GONE_AFTER_MS. */
  readonly goneAfterMs?: number;
  readonly signal?: AbortSignal;
}

export interface FollowedStatus {
  /** The newest that is known. */
  readonly status: ClusterStatus;
  /** For how long the coordinator has not answered; undefined: it has. */
  readonly silentMs: number | undefined;
}

/**
 * What a coordinator says, at once and again and again, until its run is over, it is gone, or the signal is given. Rejects as `ask`
 * does, but where nobody answers after somebody has.
 */
export async function* followStatus(options: FollowOptions): AsyncGenerator<FollowedStatus, void> {
  const { ask, intervalMs = WATCH_INTERVAL_MS, goneAfterMs = GONE_AFTER_MS, signal } = options;
  let status = await ask();
  let silentSince: number | undefined;
  yield { status, silentMs: undefined };
  while (!isOver(status)) {
    await delay(intervalMs, signal).catch(() => undefined);
    if (signal?.aborted === true) return;
    try {
      status = await ask();
      silentSince = undefined;
    } catch (error) {
      if (!(error instanceof RunError) || error.code !== 'TANDEM_NO_COORDINATOR') throw error;
      silentSince ??= performance.now();
      if (isEnding(status) || performance.now() - silentSince >= goneAfterMs) return;
    }
    yield { status, silentMs: silentSince === undefined ? undefined : performance.now() - silentSince };
  }
}

/** Its coordinator does not come back. */
function isEnding({ state, step, totalSteps }: ClusterStatus): boolean {
  return state === 'stopping' || (totalSteps > 0 && step >= totalSteps);
}

export function isOver({ state }: Pick<ClusterStatus, 'state'>): boolean {
  return state === 'finished' || state === 'failed';
}
