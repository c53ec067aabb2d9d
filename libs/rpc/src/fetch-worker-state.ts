import { credentials } from '@grpc/grpc-js';
import { clientOptions } from './channel-options.js';
import { describeMember } from './errors.js';
import { fetchState } from './fetch-state.js';
import type { FetchStateOptions } from './fetch-state.js';
import type { Member } from './messages.js';
import { loadTandemProtocol } from './protocol.js';

/** The state that a worker has offered after `step`, by Collective.FetchState; errors as fetchState's. */
export async function fetchWorkerState(
  member: Member,
  request: { readonly runId: string; readonly step: number },
  options: Omit<FetchStateOptions, 'open' | 'from'> = {},
): Promise<Uint8Array> {
  const { CollectiveStub } = loadTandemProtocol();
  const stub = new CollectiveStub(member.address, credentials.createInsecure(), clientOptions);
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
