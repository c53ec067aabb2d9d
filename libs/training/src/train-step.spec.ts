import { RunError } from '@tandem/core';
import { PhaseClock, stepPhases } from '@tandem/observability';
import { describe, expect, it } from 'vitest';
import { LocalExchange } from './local-exchange.js';
import { Replica } from './replica.js';
import { batchOf, config, network, operations, tf } from './testing/rows.js';
import { type StepResult, TrainStep } from './train-step.js';

function trainStepOf(replica: Replica, exchange = new LocalExchange(3)): TrainStep {
  let step = 0;
  const batches = {
    next: () => {
      step++;
      return Promise.resolve(batchOf(step, step % 2 === 0 ? 5 : 12, 3, { start: 0, end: 3 }));
    },
  };
  const clock = new PhaseClock(stepPhases);
  return new TrainStep({ config, replica, batches, exchange, clock, firstMicroBatch: 0 });
}

describe('TrainStep', () => {
  it('commits steps that lower the loss, and reports them', async () => {
    const replica = new Replica(network, operations, config);
    const trainStep = trainStepOf(replica);
    const results: StepResult[] = [];
    for (let step = 1; step <= 40; step++) results.push(await trainStep.run(() => step === 40));
    expect(results.map(({ step }) => step)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(results[1]).toMatchObject({ samples: 5, epoch: 1, learningRate: 0.1, stop: false });
    expect(results[39]?.stop).toBe(true);
    const mean = (part: StepResult[]) => part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
    expect(mean(results.slice(-8))).toBeLessThan(mean(results.slice(0, 8)));
    replica.dispose();
  });

  it('keeps the number of tensors from step to step', async () => {
    const replica = new Replica(network, operations, config);
    const trainStep = trainStepOf(replica);
    const before = tf.memory().numTensors;
    for (let step = 1; step <= 4; step++) {
      await trainStep.run(() => false);
      expect(tf.memory().numTensors).toBe(before);
    }
    replica.dispose();
  });

  it('changes nothing when the exchange fails, and leaves no tensor behind', async () => {
    class FailingExchange extends LocalExchange {
      override complete(): never {
        throw new RunError({ code: 'TANDEM_PEER_LOST', what: 'rank 1 is gone' });
      }
    }
    const replica = new Replica(network, operations, config);
    const digests = replica.parameterDigests();
    const before = tf.memory().numTensors;
    await expect(trainStepOf(replica, new FailingExchange(3)).run(() => false)).rejects.toThrow('rank 1 is gone');
    expect(replica.parameterDigests()).toEqual(digests);
    expect(tf.memory().numTensors).toBe(before);
    replica.dispose();
  });

  it('goes on from a snapshot with the bits of the run it was taken from', async () => {
    const first = new Replica(network, operations, config);
    const steps = trainStepOf(first);
    for (let step = 1; step <= 3; step++) await steps.run(() => false);
    const state = new SharedArrayBuffer(first.stateBytes);
    first.snapshot(state);
    const second = new Replica(network, operations, { ...config, training: { ...config.training, seed: 77 } });
    second.restore(state);
    expect(second.parameterDigests()).toEqual(first.parameterDigests());
    // Both now take the same two steps.
    const [a, b] = [trainStepOf(first), trainStepOf(second)];
    for (let step = 1; step <= 2; step++) expect((await a.run(() => false)).loss).toBe((await b.run(() => false)).loss);
    expect(second.parameterDigests()).toEqual(first.parameterDigests());
    first.dispose();
    second.dispose();
  });
});
