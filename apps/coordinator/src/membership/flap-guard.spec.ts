import { describe, expect, it } from 'vitest';
import { FlapGuard } from './flap-guard.js';

describe('FlapGuard', () => {
  const guard = () => new FlapGuard({ maxLosses: 4, lossWindowMs: 60_000 });

  it('takes a worker back at once the first time, and later each time later', () => {
    const flaps = guard();
    flaps.lost('a', 'x', 0);
    expect(flaps.pauseMs('a', 0)).toBe(0);
    flaps.lost('a', 'x', 1_000);
    expect(flaps.pauseMs('a', 1_000)).toBe(5_000);
    expect(flaps.pauseMs('a', 5_000)).toBe(1_000);
    flaps.lost('a', 'x', 7_000);
    expect(flaps.pauseMs('a', 7_000)).toBe(10_000);
    expect(flaps.pauseMs('b', 7_000)).toBe(0);
  });

  it('refuses in the end, with the reason, and forgets what is long ago', () => {
    const flaps = guard();
    for (const at of [0, 1, 2, 3]) flaps.lost('a', `reason ${at}`, at);
    expect(flaps.refusal('a', 3)).toMatch(/a was lost 4 times within 60 s \(at last: reason 3\).*cluster\.maxLosses/);
    expect(flaps.refusal('a', 60_001)).toBeUndefined();
    expect(flaps.refusal('b', 3)).toBeUndefined();
  });
});
