import { expect, it } from 'vitest';
import { smoothed } from './smoothed.js';

it('begins at the first value and follows the others', () => {
  expect(smoothed([4, 4, 4], 10)).toEqual([4, 4, 4]);
  expect(smoothed([1, 3], 3)).toEqual([1, (0.25 * 1 + 0.5 * 3) / 0.75]);
});

it('leaves gaps, and goes on after them', () => {
  expect(smoothed([2, null, 2], 5)).toEqual([2, null, 2]);
});
