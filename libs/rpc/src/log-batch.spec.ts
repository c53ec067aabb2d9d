import type { LogEntry } from '@tandem/observability';
import { expect, it } from 'vitest';
import { logBatch } from './log-batch.js';
import type { WorkerMessage } from './messages.js';
import { loadTandemProtocol } from './protocol.js';
import { workerMessageFault } from './validation/worker-message.js';

const line: LogEntry = { timeMs: 1, level: 'error', event: 'worker.failed', message: 'm', process: 'worker-1' };

it.each([
  ['a line before there is a generation', {}, { message: 'm', level: 'ERROR', generation: 0 }],
  ['a line of a generation', { generation: 3, rank: 1, step: 7 }, { generation: 3, rank: 1, step: 7 }],
  ['a generation of which nothing is committed', { generation: 1, rank: 0 }, { generation: 1, rank: 0, step: 0 }],
  ['control characters', { message: 'a\u001b[2J\n\u009bb' }, { message: 'a [2J b' }],
  ['a long message', { message: '猫'.repeat(5_000) }, { message: `${'猫'.repeat(2_000)}…` }],
  ['half a character at the cut', { message: `${'a'.repeat(1_999)}😀` }, { message: `${'a'.repeat(1_999)}\ufffd…` }],
])('sends %s as the coordinator takes it', (_, more, expected) => {
  const { requestSerialize, requestDeserialize } = loadTandemProtocol().coordinator.Join;
  const log = logBatch({ entries: [{ ...line, ...more }], dropped: 2 });
  const received = requestDeserialize(requestSerialize({ kind: 'log', log } as WorkerMessage));
  expect(workerMessageFault(received)).toBeUndefined();
  expect(received.log).toMatchObject({ dropped: 2, entries: [{ timeMs: 1, event: 'worker.failed', ...expected }] });
});
