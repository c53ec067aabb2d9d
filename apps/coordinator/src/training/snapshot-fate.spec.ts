import { expect, it } from 'vitest';
import { snapshotFate } from './snapshot-fate.js';

const errors = new Map([
  [10, 0.5],
  [20, 0.25],
  [30, 0.4],
]);
const fate = (step: number, ifBest: boolean, compared: readonly number[] = [], past = 0) =>
  snapshotFate(
    { step, ifBest },
    {
      isCompared: (of) => compared.includes(of),
      isPast: (of) => of < past,
      retention: { keep: 1, keepBest: 1, errors },
    },
  );

it('takes what is due, once all replicas are known to be alike', () => {
  expect(fate(30, false, [30])).toBe('wait');
  expect(fate(30, false, [20])).toBe('take');
  expect(fate(30, false, [30], 31)).toBe('take');
});

it('takes what is for the best only where its evaluation is', () => {
  expect(fate(40, true)).toBe('wait');
  expect(fate(40, true, [], 41)).toBe('decline');
  expect(fate(30, true)).toBe('decline');
  expect(fate(20, true)).toBe('take');
  expect(fate(20, true, [20])).toBe('wait');
});
