import { RunError, TandemError } from '@tandem/core';
import type { WorkerMessageInput } from '@tandem/rpc';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Cluster } from './testing/cluster.js';

// A worker that was let in may say anything: the run may then fail, by name, but the coordinator stays up and in order.

const step = fc.oneof(fc.nat(4), fc.constantFrom(2 ** 32, Number.MAX_SAFE_INTEGER));
const real = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, 1));
const word = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('w0', 'd1', 'worker-1', '\u001b[2J'));
const said = fc.oneof(
  fc.record({ hello: fc.record({ protocolVersion: fc.nat(2), name: word, exchangeAddress: fc.constant(':1') }) }),
  fc.record({ heartbeat: fc.record({ step, phase: fc.constantFrom('data', 'sleep') }) }),
  fc.record({ prepared: fc.record({ trainingSamples: step, datasetDigest: word, threads: fc.nat(3) }) }),
  fc.record({ ready: fc.record({ generation: step, weightsDigest: word }) }),
  fc.record({ step: fc.record({ generation: fc.nat(2), step, epoch: fc.nat(2), loss: real, samples: fc.nat(9) }) }),
  fc.record({
    evaluation: fc.record({
      step,
      totalPieces: fc.oneof(fc.nat(3), fc.constant(2 ** 31)),
      pieces: fc.array(fc.record({ index: fc.nat(4), samples: fc.nat(3), loss: real }), { maxLength: 4 }),
    }),
  }),
  fc.record({ snapshot: fc.record({ step, epoch: fc.nat(2) }) }),
  fc.record({ digest: fc.record({ step, parameterDigests: fc.array(word, { maxLength: 3 }) }) }),
  fc.record({ finished: fc.record({ step }) }),
  fc.record({ failure: fc.record({ code: word, message: word, peer: word, exitCode: fc.nat(300) }) }),
  fc.record({ gradient: fc.record({ generation: fc.nat(2), step, parameter: fc.nat(3), sum: real }) }),
  fc.record({
    log: fc.record({
      entries: fc.array(fc.record({ timeMs: real, event: word, message: word, generation: step }), { maxLength: 3 }),
      dropped: step,
    }),
  }),
  fc.record({ clockProbe: fc.record({ sentUs: real }) }),
  fc.record({
    timeline: fc.record({
      generation: fc.nat(2),
      events: fc.array(fc.record({ name: word, startUs: real }), { maxLength: 3 }),
    }),
  }),
  fc.constant({}),
) as fc.Arbitrary<WorkerMessageInput>;

it('does not break the coordinator, whatever it says and when', async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(said, { minLength: 1, maxLength: 12 }), async (started, messages) => {
      const cluster = await Cluster.make();
      try {
        let rogue;
        if (started) [, rogue] = await cluster.train(2, ['cluster.heartbeatTimeoutMs=60000']);
        else {
          await cluster.start(['cluster.minWorkers=2']);
          rogue = await cluster.join('worker-1');
          await rogue.until('welcome');
        }
        for (const message of messages) rogue!.send(message);
        rogue!.send({ step: { generation: 1, step: 1, epoch: 1, loss: 1, learningRate: 0.01, samples: 8 } });
        await rogue!.die();
        cluster.coordinator.requestStop('the test is over');
        cluster.coordinator.abort('the test is over');
        const { result, error } = await cluster.coordinator.outcome;
        expect(['failed', 'aborted', 'stopped']).toContain(result);
        if (error !== undefined) expect(error).toBeInstanceOf(TandemError);
        if (error instanceof RunError) expect(error.code).not.toBe('TANDEM_INVARIANT');
      } finally {
        await cluster.close();
      }
    }),
    { numRuns: 60, seed: 20121204 },
  );
});
