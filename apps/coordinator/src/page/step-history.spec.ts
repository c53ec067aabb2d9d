import { MAX_STEPS } from '@tandem/page';
import { expect, it } from 'vitest';
import type { StepRow } from '../metrics/rows.js';
import { StepHistory } from './step-history.js';

const row = (step: number, loss = 1 / step): StepRow => ({
  ...{ type: 'step', step, epoch: 1, loss, learningRate: 0.5, worldSize: 1, generation: 1, samples: 8 },
  ...{ imagesPerSecond: 100 + step, stepMs: 1, computeMs: 1, exchangeMs: 0, updateMs: 0, bytesSent: 0 },
});

it('gives what came after a sequence number', () => {
  const history = new StepHistory();
  for (const [at, step] of [1, 2, 3].entries()) history.add(10 * (at + 1), row(step, step === 2 ? NaN : step));
  expect(history.since(0)).toEqual({
    step: [1, 2, 3],
    loss: [1, null, 3],
    imagesPerSecond: [101, 102, 103],
    learningRate: [0.5, 0.5, 0.5],
  });
  expect([9, 10, 15, 29, 30].map((sequence) => history.since(sequence).step)).toEqual([
    [1, 2, 3],
    [2, 3],
    [2, 3],
    [3],
    [],
  ]);
  history.clear();
  expect(history.since(0).step).toEqual([]);
});

it('thins what is long ago, and neither loses a peak nor what is new', () => {
  const history = new StepHistory();
  const last = 2.5 * MAX_STEPS;
  for (let step = 1; step <= last; step++) history.add(step, row(step, step === 77 ? 1_000 : 1 + (step % 10) / 100));
  expect(history.length).toBeLessThanOrEqual(MAX_STEPS);
  const { step, loss } = history.since(0);
  expect(step.every((value, at) => at === 0 || value > step[at - 1]!)).toBe(true);
  expect(step[loss.indexOf(1_000)]).toBe(77);
  expect(step.slice(-1_000)).toEqual(Array.from({ length: 1_000 }, (_, at) => last - 999 + at));
  expect(history.since(last - 2).step).toEqual([last - 1, last]);
});
