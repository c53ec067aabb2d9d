import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { threadEntry } from '@tandem/core';
import { expect, it } from 'vitest';
import { ControlBlock } from './control-block.js';
import { NoticeBoard } from './notice-board.js';
import { LOOPBACK_ONLY } from './security/security.js';
import type { ThreadData } from './thread-messages.js';

it('tells a blocked training thread of its own crash, and then ends with the error', async () => {
  const control = new ControlBlock();
  const { port1: here, port2: there } = new MessageChannel();
  const workerData: ThreadData = {
    ...{ control: control.buffer, notices: there, coordinator: '127.0.0.1:1', name: 'w0', device: 'cpu', version: '0' },
    ...{
      listenHost: '127.0.0.1',
      metricsListen: undefined,
      advertiseHost: '127.0.0.1',
      joinTimeoutMs: 1,
      security: LOOPBACK_ONLY,
    },
  };
  const entry = threadEntry(import.meta.url, './communication-thread.js');
  const worker = new Worker(entry, { workerData, transferList: [there], execArgv: [] });
  const failed = once(worker, 'error');
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  await once(worker, 'online');
  // A message without a kind is a bug that no handler expects.
  worker.postMessage(null);
  const board = new NoticeBoard(here, control);
  while (board.lost === undefined) {
    // As a blocked thread would: without its event loop.
  }
  expect(board.lost.message).toMatch(/null/);
  expect(board.stopReason).toBe(board.lost.message);
  expect(await failed).toMatchObject([{ name: 'TypeError' }]);
  await exited;
});
