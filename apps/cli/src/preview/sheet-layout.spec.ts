import { expect, it } from 'vitest';
import { layOutSheet } from './sheet-layout.js';

it('lays images out in rows, each with room for its name', () => {
  // 12 + 4 · (227 + 12) across; 32 + 12 + 2 · (227 + 38) down.
  expect(layOutSheet(6, 227, 4)).toMatchObject({ width: 968, height: 574, enlarge: 1, side: 227 });
  expect(layOutSheet(6, 227, 4).places.map(({ left, top }) => `${left},${top}`)).toEqual([
    '12,44',
    '251,44',
    '490,44',
    '729,44',
    '12,309',
    '251,309',
  ]);
});

it('enlarges small images by whole pixels', () => {
  expect(layOutSheet(9, 28, 9)).toMatchObject({ enlarge: 4, side: 112 });
  expect(layOutSheet(9, 110, 9)).toMatchObject({ enlarge: 1, side: 110 });
  expect(layOutSheet(9, 109, 9)).toMatchObject({ enlarge: 2, side: 218 });
});

it('is no wider than its images take, and wide enough for a title', () => {
  expect(layOutSheet(3, 227, 100).width).toBe(12 + 3 * 239);
  expect(layOutSheet(3, 28, 1)).toMatchObject({ width: 320, height: 44 + 3 * 150 });
});
