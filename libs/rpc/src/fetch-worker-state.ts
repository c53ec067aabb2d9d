import { describeMember } from './errors.js';
import { fetchState } from './fetch-state.js';
import type { FetchStateOptions } from './fetch-state.js';
import type { Member } from './messages.js';
import { LOOPBACK_ONLY } from './security/security.js';
import type { Security } from './security/security.js';
import { callForState } from './state-call.js';

/** The state that a worker has offered after `step`, by Collective.FetchState; errors as fetchState's. */
export function fetchWorkerState(
  member: Member,
  request: { readonly runId: string; readonly step: number },
  {
    security = LOOPBACK_ONLY,
    ...options
  }: Omit<FetchStateOptions, 'open' | 'from'> & { readonly security?: Security } = {},
): Promise<Uint8Array> {
  const { address, name } = member;
  const open = callForState({ address, peer: 'worker', request, security });
  return fetchState({ ...options, from: describeMember(member), peer: name, open });
}
