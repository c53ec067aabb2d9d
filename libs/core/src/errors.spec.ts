import { expect, it } from 'vitest';
import { RunError } from './errors.js';

it.each([
  ['the run is over', 'here: the run is over.'],
  // What another process said.
  ['worker-1 failed. See its log.', 'here: worker-1 failed. See its log.'],
])('composes %j with one full stop', (what, message) => {
  expect(new RunError({ code: 'TANDEM_RUN_FAILED', what, where: 'here' }).message).toBe(message);
});
