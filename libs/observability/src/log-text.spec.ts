import { expect, it } from 'vitest';
import { entryOf, lineOf, parseLogLine } from './log-line.js';
import { logText } from './log-text.js';

it('makes a line readable, with what is known of rank, step and event', () => {
  const text = logText(false);
  const line = { time: 0, level: 40, name: 'worker-1', msg: 'slow', rank: 1, step: 12, event: 'worker.slow', ms: 3 };
  expect(text(line)).toMatch(/^\[.*\] WARN \(worker-1\): rank 1 · step 12 · worker\.slow · slow\n$/);
  expect(text({ time: 0, level: 30, name: 'coordinator', msg: 'old' })).toMatch(/INFO \(coordinator\): old\n$/);
});

it('shows what would be done to a terminal', () => {
  const line = { time: 0, level: 40, name: 'w\u001b[31m', msg: 'a\u001b]0;title\u0007\u009b2J\nb', event: 'x' };
  expect(logText(false)(line)).toMatch(/WARN \(w\\x1b\[31m\): x · a\\x1b\]0;title\\x07\\x9b2J\n\s*b\n$/);
});

it('makes an entry of a line, and the line again', () => {
  const known = { runId: 'r', generation: 2, rank: 1, step: 5 };
  const line = { level: 40, time: 7, pid: 3, hostname: 'h', name: 'worker-1', ...known, event: 'step', msg: 'm' };
  expect(lineOf(entryOf({ ...line, more: 1 } as typeof line))).toEqual(line);
  const bare = { level: 30, time: 7, name: 'coordinator', event: 'step', msg: 'm' };
  expect(lineOf(entryOf(bare))).toEqual(bare);
});

it.each(['', 'null', '3', '{"time":1}', '{"level":30}', '{'])('takes %j for no line', (text) => {
  expect(parseLogLine(text)).toBeUndefined();
});
