import { expect, it } from 'vitest';
import type { StepRow } from '../metrics/rows.js';
import { TrainingProgress } from './progress.js';

const row = (step: number) => ({ step, loss: 1 / step, samples: 50, stepMs: 100 }) as StepRow;

it('knows neither rate nor end before the first step', () => {
  const progress = new TrainingProgress(10);
  expect(progress).toMatchObject({ newest: undefined, losses: [], imagesPerSecond: 0 });
  expect(progress.remainingMs(0)).toBe(0);
});

it('says how fast it goes and how long it will take', () => {
  const progress = new TrainingProgress(10);
  progress.stepped(row(1));
  progress.stepped(row(2));
  expect(progress).toMatchObject({ newest: { step: 2 }, losses: [1, 0.5], imagesPerSecond: 500 });
  expect(progress.remainingMs(2)).toBe(800);
  expect(progress.remainingMs(12)).toBe(0);
});

it('keeps the newest losses alone', () => {
  const progress = new TrainingProgress(1_000);
  for (let step = 1; step <= 300; step++) progress.stepped(row(step));
  expect(progress.losses).toHaveLength(240);
  expect(progress.losses.at(-1)).toBe(1 / 300);
});
