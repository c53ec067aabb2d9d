import { expect, it } from 'vitest';
import { age, clock, count, milliseconds, number, percent } from './format.js';

it('writes values with their units', () => {
  expect([number(0.123456), number(12345.6), number(0.00001234), number(null)]).toEqual([
    '0.1235',
    '12350',
    '0.00001234',
    '–',
  ]);
  expect([percent(0.12345), percent(undefined)]).toEqual(['12.35 %', '–']);
  expect([count(1234567), milliseconds(12.34), milliseconds(1234.5), age(420)]).toEqual([
    '1,234,567',
    '12.3',
    '1,235',
    '0.4 s ago',
  ]);
  expect(clock(0)).toMatch(/^\d\d:\d\d:\d\d$/);
});
