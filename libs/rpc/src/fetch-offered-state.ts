import { delay, RunError } from '@tandem/core';
import type { FetchStateOptions } from './fetch-state.js';
import { fetchWorkerState } from './fetch-worker-state.js';
import type { Member } from './messages.js';
import type { Security } from './security/security.js';

/** A peer that is to offer its state copies it first: until then it is asked again, for so long. */
export const STATE_OFFER_TIMEOUT_MS = 30_000;

const PAUSE_MS = 50;

/** The state after `step` of a peer that is about to offer it; errors as fetchState's. */
export async function fetchOfferedState(
  from: Member,
  request: { readonly runId: string; readonly step: number },
  options: Omit<FetchStateOptions, 'open' | 'from'> & { readonly signal: AbortSignal; readonly security?: Security },
): Promise<Uint8Array> {
  const started = performance.now();
  for (;;) {
    try {
      return await fetchWorkerState(from, request, options);
    } catch (error) {
      const notYet = error instanceof RunError && error.context['status'] === 'NOT_FOUND';
      if (!notYet || performance.now() - started > STATE_OFFER_TIMEOUT_MS) throw error;
      await delay(PAUSE_MS, options.signal);
    }
  }
}
