import { RunError } from '@tandem/core';
import { expect, it } from 'vitest';
import { type FailedRun, failureSummary } from './failure-summary.js';

const at = (second: number) => new Date(Date.UTC(2026, 10, 25, 12, 0, second));
const part = (name: string, how: string, second: number) => ({
  ...{ name, how, endedAt: at(second), pid: 40 + second, logFile: `run/logs/${name}.log` },
});
const failed: FailedRun = {
  error: new RunError({ code: 'TANDEM_WORKER_EXITED', what: 'worker-1 was killed by SIGKILL' }),
  ...{ worker: 'worker-1', failedAt: at(9), step: 41, host: 'node-a' },
  ended: [part('worker-1', 'was killed by SIGKILL', 2), part('worker-0', 'ended with exit code 1', 3)],
  lastLines: ['step 40', 'step 41'],
};

it('shows the root cause first, with its last lines, then who ended after it', () => {
  expect(failureSummary(failed).join('\n')).toBe(`The run failed. Root cause, the first failure seen:
  worker  worker-1
  rank    1
  host    node-a
  time    2026-11-25T12:00:02.000Z
  step    41 was the last that all committed
  ended   was killed by SIGKILL (process 42)
  output  run/logs/worker-1.log
  the last it printed:
    step 40
    step 41
Other ends:
  2026-11-25T12:00:03.000Z worker-0 ended with exit code 1`);
});

it('goes by the error where the worker is on another machine', () => {
  const context = { rank: 2, host: 'node-b' };
  const error = new RunError({ code: 'TANDEM_WORKER_LOST', what: 'rank 2 (b-0) is gone', context });
  expect(failureSummary({ ...failed, error, worker: 'b-0', ended: [] }).slice(1)).toEqual([
    '  worker  b-0',
    '  rank    2',
    '  host    node-b',
    '  time    2026-11-25T12:00:09.000Z',
    '  step    41 was the last that all committed',
  ]);
});
