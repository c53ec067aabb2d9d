import { withTimeout } from '@tandem/core';
import type { Member } from './membership/member.js';
import { FAREWELL_TIMEOUT_MS } from './timeouts.js';

/** Ends the streams; a worker that does not take its last message is not waited for. */
export async function farewell(members: readonly Member[]): Promise<void> {
  await withTimeout(Promise.all(members.map((member) => member.end())), {
    name: 'FAREWELL_TIMEOUT_MS',
    ms: FAREWELL_TIMEOUT_MS,
    waitingFor: 'the workers to hear of the end',
  }).catch(() => undefined);
}
