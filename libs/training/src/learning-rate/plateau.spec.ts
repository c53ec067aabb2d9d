import { expect, it } from 'vitest';
import { plateauDrops } from './plateau.js';

const options = { factor: 0.1, patience: 2, threshold: 0, maxDrops: 3 };

it.each([
  [[], 0],
  [[90, 80, 70], 0],
  [[90, 90], 0],
  [[90, 90, 91], 1],
  // An improvement starts the count anew, and only on the best so far.
  [[90, 95, 89, 95, 90], 1],
  [[90, 95, 94, 93, 92], 2],
  [[90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90], 3],
])('after %j the rate has dropped %i times', (errors, drops) => {
  expect(plateauDrops(options, { errors, samples: 100 })).toBe(drops);
});

it('counts only what is more than the threshold', () => {
  const history = { errors: [90, 89, 88], samples: 100 };
  expect(plateauDrops({ ...options, threshold: 0.02 }, history)).toBe(1);
  expect(plateauDrops({ ...options, threshold: 0.005 }, history)).toBe(0);
});
