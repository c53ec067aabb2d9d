import { describeMember } from './errors.js';
import { fetchState } from './fetch-state.js';
import type { FetchStateOptions } from './fetch-state.js';
import type { Member } from './messages.js';
import { loadTandemProtocol } from './protocol.js';
import { openStub } from './security/open-stub.js';
import { LOOPBACK_ONLY } from './security/security.js';
import type { Security } from './security/security.js';

/** The state that a worker has offered after `step`, by Collective.FetchState; errors as fetchState's. */
export async function fetchWorkerState(
  member: Member,
  request: { readonly runId: string; readonly step: number },
  {
    security = LOOPBACK_ONLY,
    ...options
  }: Omit<FetchStateOptions, 'open' | 'from'> & { readonly security?: Security } = {},
): Promise<Uint8Array> {
  const { CollectiveStub } = loadTandemProtocol();
  const stub = openStub(CollectiveStub, { address: member.address, peer: 'worker', security });
  try {
    return await fetchState({
      ...options,
      from: describeMember(member),
      peer: member.name,
      open: () => stub.fetchState(request),
    });
  } finally {
    stub.close();
  }
}
