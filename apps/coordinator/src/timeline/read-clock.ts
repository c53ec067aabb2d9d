import { monotonicUs } from '@tandem/observability';
import type { ClockProbe } from '@tandem/rpc';
import type { Member } from '../membership/member.js';

/** At once: what the answer waits for here is not known to the one that asks. */
export function readClock(member: Member, { sentUs: probeSentUs }: ClockProbe): void {
  const receivedUs = monotonicUs();
  member.send({ clockReading: { probeSentUs, receivedUs, sentUs: monotonicUs() } });
}
