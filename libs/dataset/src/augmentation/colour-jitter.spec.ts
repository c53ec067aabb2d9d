import { RandomStream, StreamPurpose } from '@tandem/core';
import { describe, expect, it } from 'vitest';
import { colourAxes, colourShift, IMAGENET_EIGENPAIRS } from './colour-jitter.js';

const key = { seed: 3, epoch: 2, sample: 5 };

describe('colourAxes', () => {
  it('are 255 · σ · λ · p', () => {
    const axes = colourAxes(
      [
        { value: 0.2, vector: [1, 0, 0] },
        { value: 0.1, vector: [0, 0.6, 0.8] },
        { value: -1e-17, vector: [0, 0.8, -0.6] },
      ],
      0.1,
    );
    const near = (value: number) => expect.closeTo(value, 12) as number;
    expect(axes).toEqual([
      [near(5.1), 0, 0],
      [0, near(1.53), near(2.04)],
      [0, 0, -0],
    ]);
  });

  it('of ImageNet are of length 1 and at right angles, as far as they are published', () => {
    for (const [row, { vector }] of IMAGENET_EIGENPAIRS.entries())
      for (const [column, other] of IMAGENET_EIGENPAIRS.entries())
        expect(vector.reduce((sum, x, at) => sum + x * other.vector[at]!, 0)).toBeCloseTo(row === column ? 1 : 0, 3);
  });
});

describe('colourShift', () => {
  const axes = colourAxes(IMAGENET_EIGENPAIRS, 0.1);

  it('is one normal draw an axis, of seed, epoch and sample', () => {
    const draws = new RandomStream(3, StreamPurpose.colour, 2, 5);
    const alphas = [draws.normal(), draws.normal(), draws.normal()];
    const byHand = [0, 1, 2].map((channel) =>
      IMAGENET_EIGENPAIRS.reduce((sum, { value, vector }, at) => sum + vector[channel]! * 0.1 * alphas[at]! * value, 0),
    );
    const shift = colourShift(axes, key);
    for (const [channel, value] of byHand.entries()) expect(shift[channel]! / 255).toBeCloseTo(value, 6);
    expect(shift.every((value) => Number.isInteger(value * 0x10000))).toBe(true);
    for (const other of [{ seed: 4 }, { epoch: 3 }, { sample: 6 }])
      expect(colourShift(axes, { ...key, ...other })).not.toEqual(shift);
  });

  it('has the deviation of its axes', () => {
    const [first] = colourAxes([{ value: 0.2175, vector: [1, 0, 0] }], 0.1);
    const shifts = Array.from({ length: 4000 }, (_, sample) => colourShift([first!], { ...key, sample })[0]!);
    const deviation = Math.sqrt(shifts.reduce((sum, shift) => sum + shift * shift, 0) / shifts.length);
    expect(deviation / (255 * 0.1 * 0.2175)).toBeCloseTo(1, 1);
  });
});
