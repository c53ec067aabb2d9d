import { parseConfig } from '@tandem/core';
import { expect, it } from 'vitest';
import { learningRateAt } from './learning-rate.js';

const withSchedule = (schedule: string) =>
  parseConfig(
    `model: { name: small }\ndata: { format: idx, train: d }\noptimizer: { learningRate: 0.08, schedule: ${schedule} }`,
  ).optimizer;

it('keeps a constant rate', () => {
  expect(learningRateAt(withSchedule('{ name: constant }'), 90)).toBe(0.08);
});

it('drops at the epochs listed', () => {
  const optimizer = withSchedule('{ name: step, epochs: [3, 5], gamma: 0.25 }');
  expect([1, 2, 3, 4, 5, 6].map((epoch) => learningRateAt(optimizer, epoch))).toEqual([
    0.08, 0.08, 0.02, 0.02, 0.005, 0.005,
  ]);
});
