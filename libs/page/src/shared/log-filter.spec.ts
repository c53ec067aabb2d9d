import { expect, it } from 'vitest';
import { type LogFilter, passes } from './log-filter.js';
import type { LogRow } from './protocol.js';

const all: LogFilter = { level: 'trace', from: undefined, text: '' };
const row = (changes: Partial<LogRow> = {}): LogRow => ({
  ...{ timeMs: 0, level: 'info', event: 'worker.joined', message: 'worker-1 on node-b joined', step: null },
  ...{ process: 'coordinator', rank: null },
  ...changes,
});

it.each<[Partial<LogFilter>, Partial<LogRow>, boolean]>([
  [{}, {}, true],
  [{ level: 'info' }, {}, true],
  [{ level: 'warn' }, {}, false],
  [{ level: 'warn' }, { level: 'fatal' }, true],
  [{ from: 1 }, { process: 'worker-1', rank: 1 }, true],
  // The coordinator's line about the rank.
  [{ from: 1 }, { rank: 1 }, true],
  [{ from: 1 }, { rank: 0 }, false],
  [{ from: 0 }, {}, false],
  [{ from: 'coordinator' }, {}, true],
  [{ from: 'coordinator' }, { process: 'worker-1' }, false],
  [{ text: ' NODE-B ' }, {}, true],
  [{ text: 'worker.j' }, {}, true],
  [{ text: 'node-c' }, {}, false],
])('%j on a line with %j: %s', (filter, changes, seen) => {
  expect(passes(row(changes), { ...all, ...filter })).toBe(seen);
});
