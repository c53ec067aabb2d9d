import { describe, expect, it } from 'vitest';
import { formatDuration, progressText } from './progress-text.js';
import { RateMeter } from './rate-meter.js';
import { formatSpread, spread } from './spread.js';

describe('progressText', () => {
  it('has the step, the epoch, the loss, the speed and the time left', () => {
    const text = progressText({
      step: 120,
      totalSteps: 300,
      epoch: 2,
      epochs: 5,
      loss: 0.43123,
      imagesPerSecond: 153.4,
      remainingMs: 80_000,
    });
    expect(text).toBe(
      'step 120/300 ━━━━━━━━━─────────────── 40 % · epoch 2/5 · loss 0.4312 · 153 images/s · ETA 1m 20s',
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0 ms'],
    [850, '850 ms'],
    [12_400, '12s'],
    [185_000, '3m 05s'],
    [7_620_000, '2h 07m'],
  ])('%i ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('RateMeter', () => {
  it('follows the speed', () => {
    const meter = new RateMeter();
    expect(meter.imagesPerSecond).toBe(0);
    meter.add(50, 500);
    expect(meter.imagesPerSecond).toBe(100);
    expect(meter.remainingMs(4)).toBe(2000);
    for (let step = 0; step < 60; step++) meter.add(50, 250);
    expect(meter.imagesPerSecond).toBeCloseTo(200, 1);
  });
});

describe('spread', () => {
  it.each([
    [[3], '3/3/3'],
    [[4, 2], '2/3/4'],
    [[9, 1, 5], '1/5/9'],
    [[1, 2, 3, 10], '1/3/10'],
  ])('of %j is %s', (values, text) => expect(formatSpread(spread(values))).toBe(text));
});
