import { parseConfig } from '@tandem/core/config';
import { describe, expect, it } from 'vitest';
import { learningRateAt, type RatePosition } from './learning-rate.js';

const rateOf = (optimizer: string, position: Partial<RatePosition>) =>
  learningRateAt(
    parseConfig(
      `model: { name: small }\ndata: { format: idx, train: d, eval: e }\ntraining: { globalBatch: 64 }\noptimizer: { learningRate: 0.08, ${optimizer} }`,
    ),
    {
      ...{ step: 1, epoch: 1, stepsPerEpoch: 4, totalSteps: 8 },
      evaluations: { errors: [], samples: 100 },
      ...position,
    },
  );

describe('learningRateAt', () => {
  it('keeps a constant rate', () => {
    expect(rateOf('schedule: { name: constant }', { epoch: 90 })).toBe(0.08);
  });

  it('drops at the epochs listed', () => {
    const schedule = 'schedule: { name: step, epochs: [3, 5], gamma: 0.25 }';
    expect([1, 2, 3, 4, 5, 6].map((epoch) => rateOf(schedule, { epoch }))).toEqual([
      0.08, 0.08, 0.02, 0.02, 0.005, 0.005,
    ]);
  });

  it('falls by a polynomial over all steps', () => {
    const schedule = 'schedule: { name: polynomial, power: 2, endRate: 0.04 }';
    // 0.04 + 0.04·(1 − (step − 1) ⁄ 8)²: after half of the steps 0.04 + 0.04 ⁄ 4.
    expect(rateOf(schedule, { step: 1 })).toBe(0.08);
    expect(rateOf(schedule, { step: 5 })).toBeCloseTo(0.05, 12);
    expect(rateOf(schedule, { step: 7 })).toBeCloseTo(0.0425, 12);
  });

  it('drops when the error stops falling', () => {
    const schedule = 'schedule: { name: plateau, factor: 0.5, patience: 2 }';
    const after = (errors: number[]) => rateOf(schedule, { evaluations: { errors, samples: 100 } });
    expect(after([50, 50])).toBe(0.08);
    expect(after([50, 50, 60])).toBe(0.04);
  });

  it('scales with the batch, and warms up from the rate before scaling', () => {
    expect(rateOf('scaleBatch: 16', {})).toBe(0.32);
    const warm = 'scaleBatch: 16, warmup: { epochs: 1 }';
    // 0.08 to 0.32 in four steps of 0.06.
    for (const [index, rate] of [0.08, 0.14, 0.2, 0.26, 0.32, 0.32].entries())
      expect(rateOf(warm, { step: index + 1 })).toBeCloseTo(rate, 12);
  });

  it('warms up from the factor given, and combines with a schedule', () => {
    const both = 'warmup: { epochs: 2, startFactor: 0.5 }, schedule: { name: step, epochs: [1], gamma: 0.5 }';
    expect(rateOf(both, { step: 1 })).toBe(0.02);
    expect(rateOf(both, { step: 5 })).toBe(0.03);
    expect(rateOf(both, { step: 9 })).toBe(0.04);
  });
});
