import { describe, expect, it } from 'vitest';
import { ClockEstimate } from './clock-estimate.js';

/** A round trip to a clock that shows `offsetUs` more, so long on the way there and back. */
const roundTrip = (sentUs: number, offsetUs: number, there: number, back: number) => ({
  sentUs,
  otherReceivedUs: sentUs + there + offsetUs,
  otherSentUs: sentUs + there + offsetUs + 10,
  receivedUs: sentUs + there + 10 + back,
});

describe('ClockEstimate', () => {
  it('finds the offset where both ways take as long', () => {
    const clock = new ClockEstimate();
    expect(clock.known).toBe(false);
    clock.add(roundTrip(1_000, 5_000_000, 200, 200));
    expect(clock.known).toBe(true);
    expect(clock.translate(900)).toBeCloseTo(5_000_900, 6);
    expect(clock.errorAt(1_410)).toBeCloseTo(200, 6);
    // NTP lets clocks part by 15 µs a second.
    expect(clock.errorAt(10e6 + 1_410)).toBeCloseTo(350, 6);
  });

  it.each([
    [300, 100],
    [0, 400],
    [400, 0],
  ])('is off by no more than it says: %d µs there, %d back', (there, back) => {
    const clock = new ClockEstimate();
    clock.add(roundTrip(0, -70_000, there, back));
    expect(clock.errorAt(0)).toBeCloseTo((there + back) / 2, 6);
    expect(Math.abs(clock.translate(0) + 70_000)).toBeLessThanOrEqual(clock.errorAt(0));
  });

  it('goes by the least round trip of several, worked in within seconds', () => {
    const clock = new ClockEstimate();
    clock.add(roundTrip(0, 1_000, 9_000, 100));
    clock.add(roundTrip(20_000, 1_000, 50, 50));
    clock.add(roundTrip(40_000, 1_000, 100, 9_000));
    expect(clock.errorAt(20_110)).toBeCloseTo(50, 6);
    expect(clock.translate(3e6)).toBeCloseTo(3e6 + 1_000, 6);
  });

  it('believes a round trip less as it gets old', () => {
    const clock = new ClockEstimate();
    clock.add(roundTrip(0, 1_000, 10, 10));
    // Within 20 s, clocks may part by 300 µs.
    clock.add(roundTrip(20e6, 1_250, 30, 30));
    clock.add(roundTrip(20.1e6, 9_000, 400, 400));
    expect(clock.translate(30e6)).toBeCloseTo(30e6 + 1_250, 6);
  });

  it('never takes time back, nor moves what it has translated, when the offset changes', () => {
    const clock = new ClockEstimate();
    clock.add(roundTrip(0, 0, 5_000, 5_000));
    clock.add(roundTrip(50_000, 0, 1_000, 1_000));
    clock.add(roundTrip(100_000, -4_000, 100, 100));
    const seen = clock.translate(100_100);
    clock.add(roundTrip(600_000, 6_000, 50, 50));
    expect(clock.translate(100_100)).toBe(seen);
    const times = Array.from({ length: 400 }, (_, at) => clock.translate(at * 10_000));
    for (const [at, time] of times.entries()) if (at > 0) expect(time).toBeGreaterThan(times[at - 1]!);
    expect(clock.translate(4e6)).toBeCloseTo(4e6 + 6_000, 6);
  });
});
