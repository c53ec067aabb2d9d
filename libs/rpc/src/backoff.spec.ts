import { expect, it } from 'vitest';
import { backoff } from './backoff.js';

function pauses(random: () => number): number[] {
  const each = backoff({ firstMs: 200, maxMs: 5000, random });
  return Array.from({ length: 7 }, () => each.next().value);
}

it('doubles up to the limit, between half and the whole', () => {
  expect(pauses(() => 1)).toEqual([200, 400, 800, 1600, 3200, 5000, 5000]);
  expect(pauses(() => 0)).toEqual([100, 200, 400, 800, 1600, 2500, 2500]);
});
