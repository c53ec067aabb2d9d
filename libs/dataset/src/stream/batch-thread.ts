import { parentPort, workerData } from 'node:worker_threads';
import { invariant, serializeError } from '@tandem/core';
import { monotonicUs } from '@tandem/observability';
import type { SourceSpec } from '../sources/image-source.js';
import { openImageSource } from '../sources/open-image-source.js';
import { type FillTarget, fillRows } from './fill-rows.js';
import type { StreamSetup, ThreadReply, ThreadRequest } from './thread-messages.js';

invariant(parentPort !== null, 'batch-thread is started as a worker thread');
const port = parentPort;
const spec = workerData as SourceSpec;
const reply = (message: ThreadReply) => {
  port.postMessage(message);
};

/** The stream that is served, one at a time. */
interface Served extends Omit<StreamSetup, 'slots'> {
  readonly targets: readonly FillTarget[];
  readonly over: AbortController;
}

function serve({ slots, ...setup }: StreamSetup): Served {
  const targets = slots.map(({ images, labels }) => ({
    images: new Float32Array(images),
    labels: new Int32Array(labels),
  }));
  return { ...setup, targets, over: new AbortController() };
}

try {
  const source = await openImageSource(spec.format, spec.path, spec.limit);
  let served: Served | undefined;
  // Requests are served one after another: batches are wanted in order, and one keeps every decoder busy.
  let work = Promise.resolve();
  const inTurn = (task: () => void | Promise<void>) => {
    work = work.then(task);
  };
  port.on('message', (request: ThreadRequest) => {
    switch (request.type) {
      case 'begin':
        served = serve(request.setup);
        return;
      case 'fill': {
        const { slot, epoch, indices } = request;
        const { targets, over, plan, mean, seed, unreadable } = served!;
        return inTurn(async () => {
          if (over.signal.aborted) return;
          try {
            const startUs = monotonicUs();
            const rows = { source, plan, mean, seed, epoch, indices, unreadable, signal: over.signal };
            const filled = await fillRows(targets[slot]!, rows);
            reply({ type: 'filled', slot, filled: { ...filled, startUs, endUs: monotonicUs() } });
          } catch (error) {
            reply({ type: 'failed', slot, error: serializeError(error) });
          }
        });
      }
      case 'end':
        served?.over.abort();
        return inTurn(() => reply({ type: 'ended' }));
      case 'close':
        served?.over.abort();
        return inTurn(() => port.close());
    }
  });
  reply({ type: 'opened', samples: source.length, channels: source.channels });
} catch (error) {
  reply({ type: 'refused', error: serializeError(error) });
  port.close();
}
