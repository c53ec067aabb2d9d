import { describe, expect, it } from 'vitest';
import { LossSpikes } from './loss-spikes.js';

function spikesOf(losses: readonly number[], factor = 3): number[] {
  const spikes = new LossSpikes(factor);
  return losses.flatMap((loss, index) => spikes.add(index + 1, loss)?.step ?? []);
}
const calm = Array.from({ length: 30 }, (_, index) => 1 + 0.1 * Math.sin(index));

describe('LossSpikes', () => {
  it('tells a spike once, and the next one after the loss came down', () => {
    expect(spikesOf([...calm, 4, 5, 6, 1, 1, 9, 1])).toEqual([31, 36]);
  });

  it('says what the median was', () => {
    const spikes = new LossSpikes(2);
    for (let step = 1; step <= 25; step++) spikes.add(step, step);
    expect(spikes.add(26, 27)).toEqual({ step: 26, loss: 27, median: 13 });
  });

  it.each([
    ['a noisy loss', [...calm, 2.5, 1, 2.9, 0.5]],
    ['the beginning', [2.3, 40, 2.3, 2.2]],
    ['what is no number', [...calm, NaN, Infinity]],
  ])('is silent on %s', (_, losses) => expect(spikesOf(losses)).toEqual([]));

  it('gets used to a loss that stays high', () => {
    const high = Array.from({ length: 40 }, () => 4);
    expect(spikesOf([...calm, ...high, 1, 4])).toEqual([31]);
  });

  it('is silent with a factor of 0', () => expect(spikesOf([...calm, 100], 0)).toEqual([]));
});
