import { expect, it } from 'vitest';
import { shownPixels } from './shown-pixels.js';

it('puts scale and mean back: the pixels that were there', () => {
  const [mean, scale] = [[100.25, 3, 200], 1 / 255];
  const stored = [0, 255, 17, 200, 1, 128];
  const given = Float32Array.from(stored, (value, at) => (value - mean[at % 3]!) * scale);
  expect([...shownPixels(given, { mean, scale })]).toEqual(stored);
});

it('shows grey in three channels', () => {
  expect([...shownPixels(Float32Array.of(-0.5, 1.5), { mean: [10], scale: 0.5 })]).toEqual([9, 9, 9, 13, 13, 13]);
});

it('shows what is beyond black or white as these', () => {
  expect([...shownPixels(Float32Array.of(-150, 0, 290), { mean: [100, 100, 0], scale: 1 })]).toEqual([0, 100, 255]);
});
