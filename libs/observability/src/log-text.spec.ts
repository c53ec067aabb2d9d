import { expect, it } from 'vitest';
import { logText, parseLogLine } from './log-text.js';

it('makes a line readable, with what is known of rank, step and event', () => {
  const text = logText(false);
  const line = { time: 0, level: 40, name: 'worker-1', msg: 'slow', rank: 1, step: 12, event: 'worker.slow', ms: 3 };
  expect(text(line)).toMatch(/^\[.*\] WARN \(worker-1\): rank 1 · step 12 · worker\.slow · slow\n$/);
  expect(text({ time: 0, level: 30, name: 'coordinator', msg: 'old' })).toMatch(/INFO \(coordinator\): old\n$/);
});

it.each(['', 'null', '3', '{"time":1}', '{"level":30}', '{'])('takes %j for no line', (text) => {
  expect(parseLogLine(text)).toBeUndefined();
});
