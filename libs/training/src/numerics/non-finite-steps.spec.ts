import { PhaseClock, stepPhases } from '@tandem/observability';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { describe, expect, it } from 'vitest';
import { LocalExchange } from '../local-exchange.js';
import { Replica } from '../replica.js';
import { batchOf, config, network, operations, tf } from '../testing/rows.js';
import { TrainStep } from '../train-step.js';
import { NonFiniteError } from './non-finite-error.js';

const dense = network.factorLayers.map(({ name }) => name);
const names = network.parameters.map(({ name }) => name);

/** Steps over 12 rows in 3 micro-batches; `spoil` may change a step's batch. */
function trainStepOf(
  replica: Replica,
  {
    factors = [] as readonly string[],
    accumulate = 1,
    samples = 12,
    spoil = (_images: Float32Array, _step: number) => undefined as void,
  },
  exchange = new LocalExchange({
    ...{ operations, network, factors, globalBatch: 12, microBatches: 3 },
    encoding: 'float32',
  }),
): TrainStep {
  let step = 0;
  const next = () => {
    const batch = batchOf(++step, samples, 3, { start: 0, end: 3 });
    spoil(batch.images, step);
    return Promise.resolve({ ...batch, indices: Uint32Array.from(batch.indices, (row) => 100 + row) });
  };
  return new TrainStep({
    ...{ replica, exchange, batches: { next }, clock: new PhaseClock(stepPhases), firstMicroBatch: 0 },
    config: { ...config, training: { ...config.training, accumulate } },
    ...{ stepsPerEpoch: 100, totalSteps: 100, evaluations: { errors: [], samples: 0 } },
  });
}

function setWeight(replica: Replica, name: string, change: (values: Float32Array) => void): void {
  const index = names.indexOf(name);
  const before = replica.weights.read(index);
  const values = operations.read(before);
  change(values);
  const after = operations.fromFloat32(values, before.shape);
  replica.weights.assign(index, after);
  for (const tensor of [before, after]) tensor.dispose();
}

const stateOf = (replica: Replica) => {
  const state = new SharedArrayBuffer(replica.stateBytes);
  replica.snapshot(state);
  return Buffer.from(state.slice(0));
};

/** A gradient that a rank elsewhere, or the sum over ranks, has spoilt. */
class SpoiltExchange extends LocalExchange {
  constructor(
    readonly parameter: number,
    readonly value: number,
    factors: readonly string[],
  ) {
    super({ ...{ operations, network, factors, globalBatch: 12, microBatches: 3 }, encoding: 'float32' });
  }

  override mean(parameter: number): Tensor {
    const mean = super.mean(parameter);
    if (parameter !== this.parameter) return mean;
    const values = operations.read(mean);
    mean.dispose();
    values[values.length - 1] = this.value;
    return operations.fromFloat32(values, mean.shape);
  }
}

describe.each([{ factors: [] }, { factors: dense }])(
  'a step that is not finite, factors of $factors',
  ({ factors }) => {
    it.each([1, 3])('is not applied, and its samples and layer are named; %i rounds', async (accumulate) => {
      const replica = new Replica(network, operations, config);
      const spoil = (images: Float32Array, step: number) => {
        if (step !== 2) return;
        images[5 * 64 + 3] = NaN;
        images[9 * 64] = -Infinity;
      };
      const trainStep = trainStepOf(replica, { factors, accumulate, spoil });
      expect((await trainStep.run(() => false)).nonFinite).toBeUndefined();
      const [before, tensors] = [stateOf(replica), tf.memory().numTensors];
      const { nonFinite, loss, step } = await trainStep.run(() => false);
      expect([step, loss]).toEqual([2, NaN]);
      expect(nonFinite).toMatchObject({
        step: 2,
        loss: NaN,
        weights: [],
        origins: [{ place: 'the image', samples: [105, 109] }],
      });
      expect(nonFinite!.gradients).toContain('fc4/kernel');
      expect(stateOf(replica).equals(before)).toBe(true);
      expect(tf.memory().numTensors).toBe(tensors);
      expect(new NonFiniteError(nonFinite!)).toMatchObject({ code: 'TANDEM_NON_FINITE', exitCode: 1 });
      // The next step goes on from where the one before it ended.
      expect((await trainStep.run(() => false)).nonFinite).toBeUndefined();
      expect(stateOf(replica).equals(before)).toBe(false);
      replica.dispose();
    });

    it('is one where weights are so large that the loss is no number, which are named where they are none', async () => {
      const replica = new Replica(network, operations, config);
      setWeight(replica, 'conv2/kernel', (values) => values.fill(1e38));
      const overflow = (await trainStepOf(replica, { factors }).run(() => false)).nonFinite!;
      expect(overflow.weights).toEqual([]);
      expect(overflow.origins[0]).toMatchObject({ place: 'the output of conv2' });
      setWeight(replica, 'conv2/bias', (values) => (values[0] = NaN));
      const broken = (await trainStepOf(replica, { factors }).run(() => false)).nonFinite!;
      expect(broken.weights).toEqual(['conv2/bias']);
      replica.dispose();
    });

    it.each([NaN, Infinity])(
      'is one where a mean gradient is %d though all rows of this rank are finite',
      async (value) => {
        const replica = new Replica(network, operations, config);
        const before = stateOf(replica);
        const exchange = new SpoiltExchange(names.indexOf('conv1/kernel'), value, factors);
        const { nonFinite, loss } = await trainStepOf(replica, { factors }, exchange).run(() => false);
        expect(loss).toBeGreaterThan(0);
        expect(nonFinite).toEqual({ step: 1, loss, gradients: ['conv1/kernel'], weights: [], origins: [] });
        expect(stateOf(replica).equals(before)).toBe(true);
        replica.dispose();
      },
    );

    it('is not one where a gradient is only very large', async () => {
      const replica = new Replica(network, operations, config);
      const exchange = new SpoiltExchange(names.indexOf('conv1/kernel'), 1e30, factors);
      const tensors = tf.memory().numTensors;
      expect((await trainStepOf(replica, { factors }, exchange).run(() => false)).nonFinite).toBeUndefined();
      expect(tf.memory().numTensors).toBe(tensors);
      replica.dispose();
    });
  },
);

describe('a gradient', () => {
  it('that stops being finite on the way back is named by the layer that it comes to', async () => {
    const replica = new Replica(network, operations, config);
    // Logits are about ±10¹⁰ and the loss is finite; with one row, what comes back through fc4 is 2·3·10³⁸.
    setWeight(replica, 'fc3/kernel', (values) => values.fill(0));
    setWeight(replica, 'fc3/bias', (values) => values.fill(1e-30));
    setWeight(replica, 'fc4/kernel', (values) => {
      for (let at = 0; at < values.length; at++) values[at] = at % 4 === 1 ? 3e38 : -3e38;
    });
    const { nonFinite, loss } = await trainStepOf(replica, { samples: 1 }).run(() => false);
    expect(loss).toBeLessThan(1e12);
    expect(nonFinite!.origins).toEqual([{ place: 'the gradient of drop3’s output', samples: [100] }]);
    replica.dispose();
  });
});
