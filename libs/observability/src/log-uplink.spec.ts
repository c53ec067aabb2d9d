import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LogEntry } from './log-entry.js';
import { type LinesToSend, LogUplink, UPLINK_ENTRIES, UPLINK_PAUSE_MS } from './log-uplink.js';
import { TokenBucket } from './token-bucket.js';

const entry = (step: number): LogEntry => ({
  ...{ timeMs: step, level: 'warn', event: 'step.not-finite', message: `step ${step}`, process: 'worker-1', step },
});
const unlimited = () => new TokenBucket({ burst: 1e9, perSecond: 1e9 });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** An uplink, and what it has sent: steps and dropped of each time. */
function uplinkWith(bucket = unlimited()) {
  const sent: [number[], number][] = [];
  const send = ({ entries, dropped }: LinesToSend) => sent.push([entries.map(({ step }) => step!), dropped]);
  return { uplink: new LogUplink(bucket), sent, send };
}

describe('LogUplink', () => {
  it('sends together what comes together', () => {
    const { uplink, sent, send } = uplinkWith();
    uplink.open(send);
    uplink.add(entry(1));
    uplink.add(entry(2));
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(UPLINK_PAUSE_MS);
    expect(sent).toEqual([[[1, 2], 0]]);
    vi.advanceTimersByTime(10 * UPLINK_PAUSE_MS);
    expect(sent).toHaveLength(1);
  });

  it('keeps what comes while nobody takes it, the newest, and counts the rest', () => {
    const { uplink, sent, send } = uplinkWith();
    uplink.open(send);
    uplink.add(entry(0));
    uplink.suspend();
    vi.advanceTimersByTime(10 * UPLINK_PAUSE_MS);
    expect(sent).toEqual([]);
    for (let step = 1; step < UPLINK_ENTRIES + 3; step++) uplink.add(entry(step));
    uplink.open(send);
    expect(sent).toEqual([[Array.from({ length: UPLINK_ENTRIES }, (_, index) => index + 3), 3]]);
  });

  it('lets no more through than its rate, and says how many it left out', () => {
    let now = 0;
    const { uplink, sent, send } = uplinkWith(new TokenBucket({ burst: 2, perSecond: 1 }, () => now));
    uplink.open(send);
    for (let step = 1; step <= 5; step++) uplink.add(entry(step));
    uplink.flush();
    now = 1_000;
    for (let step = 6; step <= 8; step++) uplink.add(entry(step));
    uplink.flush();
    uplink.flush();
    expect(sent).toEqual([
      [[1, 2], 3],
      [[6], 2],
    ]);
  });
});
