// A worker process for communication.spec.ts, on the built library: worker-process.mjs COORDINATOR NAME SCENE
import { argv, stdout } from 'node:process';
import { describeError } from '@tandem/core';
import { Communication } from '../../dist/index.js';

const [, , coordinator, name, scene] = argv;
const communication = await Communication.start({
  coordinator,
  name,
  device: 'cpu',
  version: '0.0.0',
  joinTimeoutMs: 10_000,
});

function block(until) {
  while (!until()) {
    // Busy on purpose: this is what TensorFlow does to the event loop.
  }
}

const scenes = {
  // Deaf for 1.5 s, then says how many of the heartbeats it owes were due.
  blocked() {
    communication.setPhase(7, 'compute');
    const from = performance.now();
    block(() => performance.now() - from > 1500);
    communication.report({ finished: { step: 7 } });
  },
  // Deaf until the coordinator wants it to stop.
  stopped() {
    communication.generations.ready({ generation: 0 });
    block(() => communication.stopReason !== undefined);
    stdout.write(`${communication.stopReason}\n`);
  },
  // Waits for a gradient that does not come, because this process' peer dies.
  async bereft() {
    const { members, rank } = await communication.generations.next();
    const exchange = await communication.openExchange({
      order: 'canonical',
      microBatches: members.length,
      buckets: [
        { start: 0, length: 1000 },
        { start: 1000, length: 200_000 },
      ],
      chunkBytes: 64 * 1024,
      elements: 201_000,
      partials: 1,
      timeoutMs: 20_000,
    });
    communication.generations.ready({ generation: 1 });
    // Of one rank alone: what all contribute may be reduced before the peer is killed, and then nothing waits for it.
    if (rank === 0) exchange.contribute(1, 0);
    try {
      exchange.wait(1, 1);
      stdout.write('reduced\n');
    } catch (error) {
      stdout.write(`${JSON.stringify({ code: error.code, message: describeError(error), name: error.name })}\n`);
    }
  },
};

await communication.join();
await scenes[scene]();
await communication.close();
