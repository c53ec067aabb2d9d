import { describe, expect, it } from 'vitest';
import { softmaxCrossEntropy } from './softmax-cross-entropy.js';

describe('softmaxCrossEntropy', () => {
  it('is the textbook’s: −log p of the label, and p less the one-hot label', () => {
    const { losses, gradient } = softmaxCrossEntropy(Float32Array.of(1, 2, 3, 0, 0, 0), Int32Array.of(2, 0), 0.5);
    const p = [1, 2, 3].map((x) => Math.exp(x) / (Math.E + Math.E ** 2 + Math.E ** 3));
    expect([...losses]).toEqual([Math.fround(-Math.log(p[2]!)), Math.fround(Math.log(3))]);
    const expected = [0.5 * p[0]!, 0.5 * p[1]!, 0.5 * (p[2]! - 1), 0.5 * (1 / 3 - 1), 0.5 / 3, 0.5 / 3];
    for (const [at, value] of gradient.entries()) expect(value).toBeCloseTo(expected[at]!, 7);
  });

  it('spreads a part of the label over all classes', () => {
    const { losses, gradient } = softmaxCrossEntropy(Float32Array.of(0, Math.log(3)), Int32Array.of(1), 1, 0.2);
    // p = ¼, ¾; the label 0, 1 smoothed by 0.2 is 0.1, 0.9.
    expect(losses[0]).toBeCloseTo(-0.1 * Math.log(0.25) - 0.9 * Math.log(0.75), 6);
    expect(gradient[0]).toBeCloseTo(0.15, 6);
    expect(gradient[1]).toBeCloseTo(-0.15, 6);
  });

  it('stays finite at great logits', () => {
    const { losses, gradient } = softmaxCrossEntropy(Float32Array.of(1e4, -1e4), Int32Array.of(1), 1);
    expect(losses[0]).toBe(2e4);
    expect([...gradient]).toEqual([1, -1]);
  });

  it('says of a network that has run away that it has', () => {
    expect(softmaxCrossEntropy(Float32Array.of(NaN, 0), Int32Array.of(1), 1).losses[0]).toBeNaN();
  });

  it('gives a row the same bits in any company', () => {
    const logits = Float32Array.from({ length: 70 }, (_, at) => Math.sin(at * 12.9898) * 4);
    const labels = Int32Array.from({ length: 7 }, (_, row) => row);
    const all = softmaxCrossEntropy(logits, labels, 1 / 7);
    for (let row = 0; row < 7; row++) {
      const alone = softmaxCrossEntropy(logits.subarray(row * 10, row * 10 + 10), labels.subarray(row, row + 1), 1 / 7);
      expect(alone.losses[0]).toBe(all.losses[row]);
      expect(alone.gradient).toEqual(all.gradient.slice(row * 10, row * 10 + 10));
    }
  });
});
