import { expect, it } from 'vitest';
import { cut, fit } from './cells.js';
import { sparkline } from './sparkline.js';

it.each([
  [[], 10, ''],
  [[1], 10, '▁'],
  [[1, 1, 1], 10, '▁▁▁'],
  [[0, 1, 2, 3, 4, 5, 6, 7, 8], 9, '▁▂▃▄▅▆▇██'],
  [[0, NaN, 8, Infinity], 4, '▁ █ '],
  [[NaN, NaN], 4, '  '],
  [[0, 0, 4, 4, 8, 8, 8], 4, '▁▅██'],
  [[1, 2, 3], 0, ''],
])('draws %j in %i columns', (values, columns, line) => {
  expect(sparkline(values, columns)).toBe(line);
});

it.each([
  ['abc', 5, 'abc  '],
  ['abcdef', 5, 'abcd…'],
  ['长长长长', 5, '长长…'],
  ['长长长长', 4, '长… '],
  ['👩‍👩‍👧x', 2, '… '],
  ['a\nb\tc', 5, 'a b c'],
  ['a\u001b[31mb', 9, 'a[31mb   '],
  ['abc', 0, ''],
])('fits %j in %i columns', (text, columns, cell) => {
  expect(fit(text, columns)).toBe(cell);
  expect(cut(text, columns)).toBe(cell.trimEnd());
});
