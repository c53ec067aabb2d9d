import { expect, it } from 'vitest';
import { windowPadding } from './window-padding.js';

it.each([
  ['VALID', 224, 11, 4, 'VALID', [0, 0]],
  ['a number', 224, 11, 4, 2, [2, 2]],
  ['SAME, an even sum', 27, 5, 1, 'SAME', [2, 2]],
  ['SAME, an odd sum', 28, 3, 2, 'SAME', [0, 1]],
  ['SAME where nothing is missing', 28, 1, 2, 'SAME', [0, 0]],
] as const)('pads as TensorFlow does: %s', (_, size, window, stride, padding, expected) => {
  expect(windowPadding(size, window, stride, padding)).toEqual(expected);
});
