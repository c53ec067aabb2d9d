import { describe, expect, it } from 'vitest';
import { STRAGGLER_WINDOW_STEPS, type RankTime, StragglerWatch } from './straggler-watch.js';

function after(steps: number, times: (step: number) => RankTime[], factor = 2) {
  const watch = new StragglerWatch(factor);
  return Array.from({ length: steps }, (_, step) => watch.add(times(step))).flat();
}
const rank = (number: number, computeMs: number, microBatches = 1) => ({ rank: number, computeMs, microBatches });

describe('StragglerWatch', () => {
  it('names a rank that is slow for a window of steps, once a window', () => {
    const slow = () => [rank(0, 10), rank(1, 25), rank(2, 11)];
    expect(after(STRAGGLER_WINDOW_STEPS - 1, slow)).toEqual([]);
    expect(after(2 * STRAGGLER_WINDOW_STEPS, slow)).toEqual([
      { rank: 1, ms: 25, medianMs: 10.5 },
      { rank: 1, ms: 25, medianMs: 10.5 },
    ]);
  });

  it.each([
    ['one slow step', (step: number) => [rank(0, 10), rank(1, step === 3 ? 900 : 10)], 2],
    ['more micro-batches', () => [rank(0, 10, 1), rank(1, 40, 4), rank(2, 0, 0)], 2],
    ['a rank alone', () => [rank(0, 10)], 2],
    ['a factor of 0', () => [rank(0, 10), rank(1, 900)], 0],
  ])('does not mind %s', (_, times, factor) => {
    expect(after(3 * STRAGGLER_WINDOW_STEPS, times, factor)).toEqual([]);
  });
});
