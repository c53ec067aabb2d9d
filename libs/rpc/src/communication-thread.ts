import { parentPort, workerData } from 'node:worker_threads';
import { invariant, serializeError } from '@tandem/core';
import { CommunicationService } from './communication-service.js';
import { ControlBlock } from './control-block.js';
import type { FromThread, ThreadCall, ThreadData, ToThread } from './thread-messages.js';

// The entry of the communication thread: hands what the training thread says to the service, and its answers back.
invariant(parentPort !== null, 'communication-thread was started as a program');
const port = parentPort;
const data = workerData as ThreadData;
const control = new ControlBlock(data.control);
const say = (message: FromThread) => port.postMessage(message);

const service = new CommunicationService(data, {
  control,
  notify: (notice) => {
    data.notices.postMessage(notice);
    control.countNotice();
    say({ kind: 'notice' });
  },
  tell: say,
});
const running = new Map<number, AbortController>();

process.on('uncaughtException', (error) => {
  service.crash(error);
  // Past the handler, so that the training thread's 'error' event has it too.
  process.exitCode = 1;
  throw error;
});

function perform(call: ThreadCall, signal: AbortSignal): Promise<unknown> {
  switch (call.method) {
    case 'listen':
      return service.listen();
    case 'join':
      return service.join(signal);
    case 'openExchange':
      return service.openExchange(call.argument);
    case 'closeExchange':
      return service.closeExchange(call.argument);
    case 'fetchCheckpoint':
      return service.fetchCheckpoint(
        call.argument,
        (bytes, totalBytes) => say({ kind: 'progress', id: call.id, bytes, totalBytes }),
        signal,
      );
    case 'offerSnapshot':
      return service.offerSnapshot(call.argument);
    case 'fetchPeerState':
      return service.fetchPeerState(call.argument, (bytes, totalBytes) =>
        say({ kind: 'progress', id: call.id, bytes, totalBytes }),
      );
    case 'close':
      return service.close();
  }
}

async function answer(call: ThreadCall): Promise<void> {
  const abort = new AbortController();
  running.set(call.id, abort);
  try {
    say({ kind: 'result', id: call.id, value: await perform(call, abort.signal) });
  } catch (error) {
    say({ kind: 'rejection', id: call.id, error: serializeError(error) });
  } finally {
    running.delete(call.id);
  }
  // With its port and its sockets closed, nothing keeps the thread.
  if (call.method === 'close') {
    data.notices.close();
    port.close();
  }
}

port.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'contribute':
      return service.contribute(message.exchange, message.step, message.bucket);
    case 'send':
      return service.send(message.message);
    case 'log':
      return service.log(message.entry);
    case 'offerState':
      return service.offerState(message.offer);
    case 'withdrawState':
      return service.withdrawState();
    case 'timelineName':
      return service.nameTimelineSpan(message.name);
    case 'abort':
      return running.get(message.id)?.abort();
    case 'call':
      return void answer(message);
  }
});
