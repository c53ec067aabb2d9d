import { RunError } from '@tandem/core';
import { PhaseClock, stepPhases } from '@tandem/observability';
import { describe, expect, it } from 'vitest';
import { LocalExchange } from './local-exchange.js';
import { Replica } from './replica.js';
import { batchOf, config as defaults, network, operations, tf } from './testing/rows.js';
import { type StepResult, TrainStep } from './train-step.js';

const dense = network.factorLayers.map(({ name }) => name);

function localExchange(factors: readonly string[] = dense): LocalExchange {
  return new LocalExchange({ operations, network, globalBatch: 12, microBatches: 3, factors, encoding: 'float32' });
}

function trainStepOf(replica: Replica, exchange = localExchange(), config = defaults): TrainStep {
  let step = 0;
  const batches = {
    next: () => {
      step++;
      return Promise.resolve(batchOf(step, step % 2 === 0 ? 5 : 12, 3, { start: 0, end: 3 }));
    },
  };
  const clock = new PhaseClock(stepPhases);
  const run = { stepsPerEpoch: 100, totalSteps: 100, evaluations: { errors: [], samples: 0 } };
  return new TrainStep({ config, replica, batches, exchange, clock, firstMicroBatch: 0, ...run });
}

const config = defaults;

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

  it.each([
    { accumulate: 2, factors: [] },
    { accumulate: 3, factors: [] },
    { accumulate: 5, factors: [] },
    { accumulate: 2, factors: dense },
    { accumulate: 3, factors: dense },
  ])('has the same bits in $accumulate rounds of forward and backward, factors of $factors', async (one) => {
    const { accumulate, factors } = one;
    const digests: string[][] = [];
    for (const rounds of [1, accumulate]) {
      const inRounds = { ...config, training: { ...config.training, accumulate: rounds } };
      const replica = new Replica(network, operations, inRounds);
      const trainStep = trainStepOf(replica, localExchange(factors), inRounds);
      const before = tf.memory().numTensors;
      const losses: string[] = [];
      for (let step = 1; step <= 4; step++) losses.push(String((await trainStep.run(() => false)).loss));
      expect(tf.memory().numTensors).toBe(before);
      digests.push([...losses, ...replica.parameterDigests()]);
      replica.dispose();
    }
    expect(digests[1]).toEqual(digests[0]);
  });

  it('takes steps no longer than the clipped gradient, and leaves no tensor behind', async () => {
    const optimizer = { ...config.optimizer, learningRate: 1, momentum: 0, weightDecay: 0, clipNorm: 0.01 };
    const replica = new Replica(network, operations, { ...config, optimizer });
    const values = () => {
      const state = new SharedArrayBuffer(replica.stateBytes);
      replica.snapshot(state);
      return new Float32Array(state).slice(0, network.parameterCount);
    };
    const [before, tensors] = [values(), tf.memory().numTensors];
    await trainStepOf(replica, localExchange(), { ...config, optimizer }).run(() => false);
    expect(tf.memory().numTensors).toBe(tensors);
    const after = values();
    expect(Math.hypot(...after.map((value, at) => value - before[at]!))).toBeCloseTo(0.01, 4);
    replica.dispose();
  });

  it('drops the rate in the step after the evaluation that made the plateau', async () => {
    const schedule = { name: 'plateau', factor: 0.5, patience: 1, threshold: 0, maxDrops: 3 } as const;
    const replica = new Replica(network, operations, config);
    const plateau = { ...config, optimizer: { ...config.optimizer, schedule } };
    const trainStep = trainStepOf(replica, localExchange(), plateau);
    const rates: number[] = [];
    for (const errors of [50, 40, 40, undefined, 30]) {
      if (errors !== undefined) trainStep.evaluated(errors);
      rates.push((await trainStep.run(() => false)).learningRate);
    }
    expect(rates).toEqual([0.1, 0.1, 0.05, 0.05, 0.05]);
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
    await expect(
      trainStepOf(
        replica,
        new FailingExchange({
          operations,
          network,
          globalBatch: 12,
          microBatches: 3,
          factors: dense,
          encoding: 'float32',
        }),
      ).run(() => false),
    ).rejects.toThrow('rank 1 is gone');
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
