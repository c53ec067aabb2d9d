import { expect, it } from 'vitest';
import { WorkerRestarts } from './worker-restarts.js';

const stage = { hasStarted: true, running: 2, minWorkers: 1 };
const killed = { name: 'worker-1', exitCode: null };

it('starts a worker again so many times, then leaves it, or fails where too few are left', () => {
  const restarts = new WorkerRestarts(2);
  expect(restarts.remedy(killed, stage)).toBe('restart');
  expect(restarts.remedy({ ...killed, exitCode: 1 }, stage)).toBe('restart');
  expect(restarts.remedy(killed, stage)).toBe('leave');
  expect(restarts.remedy(killed, { ...stage, running: 0 })).toBe('fail');
  expect(restarts.remedy({ ...killed, name: 'worker-0' }, stage)).toBe('restart');
});

it.each([
  ['before the start', killed, { ...stage, hasStarted: false }],
  ['by its configuration', { ...killed, exitCode: 2 }, stage],
])('fails at once where a worker ends %s', (_, ended, at) => {
  expect(new WorkerRestarts(9).remedy(ended, at)).toBe('fail');
});
