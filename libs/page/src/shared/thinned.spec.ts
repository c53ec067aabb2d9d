import { expect, it } from 'vitest';
import { thinned } from './thinned.js';

it('keeps the least and the most of each four, in order', () => {
  expect(thinned([3, 1, 4, 2, 5, 5, 9, 0])).toEqual([1, 2, 6, 7]);
});

it('keeps the ends of what is level, and all of a rest', () => {
  expect(thinned([7, 7, 7, 7, 1, 2, 3])).toEqual([0, 3, 4, 5, 6]);
  expect(thinned([])).toEqual([]);
});

it('keeps what is no number, as the highest', () => {
  expect(thinned([1, NaN, 3, 0])).toEqual([1, 3]);
  expect(thinned([1, 2, 3, null])).toEqual([0, 3]);
});

it('loses no peak of a long curve, however often it is done', () => {
  let curve = Array.from({ length: 4_096 }, (_, at) => (at === 2_500 ? 99 : Math.sin(at / 50)));
  for (let time = 0; time < 3; time++) curve = thinned(curve).map((at) => curve[at]!);
  expect(curve).toHaveLength(512);
  expect(Math.max(...curve)).toBe(99);
});
