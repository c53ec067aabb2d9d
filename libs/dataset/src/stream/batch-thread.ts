import { parentPort, workerData } from 'node:worker_threads';
import { invariant, serializeError } from '@tandem/core';
import { monotonicUs } from '@tandem/observability';
import { openImageSource } from '../sources/open-image-source.js';
import { fillRows } from './fill-rows.js';
import type { ThreadReply, ThreadRequest, ThreadSetup } from './thread-messages.js';

invariant(parentPort !== null, 'batch-thread is started as a worker thread');
const port = parentPort;
const { source: spec, plan, mean, seed, unreadable, slots } = workerData as ThreadSetup;
const reply = (message: ThreadReply) => {
  port.postMessage(message);
};

try {
  const source = await openImageSource(spec.format, spec.path, spec.limit);
  const targets = slots.map(({ images, labels }) => ({
    images: new Float32Array(images),
    labels: new Int32Array(labels),
  }));
  const closing = new AbortController();
  // Requests are served one after another: batches are wanted in order, and one keeps every decoder busy.
  let work = Promise.resolve();
  port.on('message', (request: ThreadRequest) => {
    if (request.type === 'close') closing.abort();
    work = work.then(async () => {
      if (request.type === 'close') {
        port.close();
        return;
      }
      if (closing.signal.aborted) return;
      const { slot, epoch, indices } = request;
      try {
        const startUs = monotonicUs();
        const rows = { source, plan, mean, seed, epoch, indices, unreadable, signal: closing.signal };
        const filled = await fillRows(targets[slot]!, rows);
        reply({ type: 'filled', slot, filled: { ...filled, startUs, endUs: monotonicUs() } });
      } catch (error) {
        reply({ type: 'failed', slot, error: serializeError(error) });
      }
    });
  });
  reply({ type: 'opened', samples: source.length, channels: source.channels });
} catch (error) {
  reply({ type: 'refused', error: serializeError(error) });
  port.close();
}
