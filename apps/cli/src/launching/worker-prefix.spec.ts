import { expect, it } from 'vitest';
import { WorkerPrefix } from './worker-prefix.js';

it('names the worker, as wide for all', () => {
  const plain = new WorkerPrefix(11, false);
  expect(plain.before('worker-1', 'step 3')).toBe('worker-1  | step 3');
  expect(plain.before('worker-10', 'step 3')).toBe('worker-10 | step 3');
});

it('has a colour for each', () => {
  const coloured = new WorkerPrefix(2, true);
  expect(coloured.before('worker-0', 'x')).toBe('\u001b[36mworker-0 |\u001b[39m x');
  expect(coloured.before('worker-1', 'x')).toBe('\u001b[33mworker-1 |\u001b[39m x');
});
