import { expect, it } from 'vitest';
import { firstFrom, nearest } from './search.js';

it('finds the first from a value on', () => {
  expect([0, 1, 2, 5, 9, 10].map((value) => firstFrom([1, 5, 9], value))).toEqual([0, 0, 1, 1, 2, 3]);
  expect(firstFrom([], 3)).toBe(0);
});

it('finds the nearest', () => {
  expect([0, 2, 3, 4, 9, 100].map((value) => nearest([1, 5, 9], value))).toEqual([0, 0, 1, 1, 2, 2]);
  expect(nearest([], 3)).toBe(-1);
});
