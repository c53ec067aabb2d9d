import { PhaseClock, stepPhases } from '@tandem/observability';
import { describe, expect, it } from 'vitest';
import { type GradientWatch, sampledProduct } from './gradient-watch.js';
import { LocalExchange } from './local-exchange.js';
import { Replica } from './replica.js';
import { batchOf, config as defaults, network, operations, tf } from './testing/rows.js';
import { TrainStep } from './train-step.js';

describe('sampledProduct', () => {
  it.each([
    ['all of a small product', 3, 5, 7, 1],
    ['every third element of a larger one', 4, 300, 601, 3],
  ])('has %s', (_, rows, inputs, outputs, stride) => {
    const x = tf.tidy(() => tf.sin(tf.range(0, rows * inputs).reshape([rows, inputs])));
    const d = tf.tidy(() => tf.cos(tf.range(0, rows * outputs).reshape([rows, outputs])));
    const product = tf.matMul(x as never, d as never, true);
    const whole = operations.read(product);
    const expected = whole.filter((__, at) => at % stride === 0);
    const sample = sampledProduct(x, d, (tensor) => operations.read(tensor));
    expect(sample.length).toBe(expected.length);
    const apart = sample.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0);
    expect(apart).toBeLessThan(1e-5);
    for (const tensor of [x, d, product]) tensor.dispose();
  });
});

/** Two steps of one rank, and what was seen of the second one's gradients. */
async function twoSteps(factors: readonly string[], optimizer: object, watched: boolean) {
  const config = { ...defaults, optimizer: { ...defaults.optimizer, ...optimizer } };
  const replica = new Replica(network, operations, config);
  const exchange = { globalBatch: 12, microBatches: 3, factors, encoding: 'float32' as const };
  let next = 0;
  const seen = new Map<number, Float32Array>();
  const gradients: GradientWatch = {
    wants: (step) => step === 2,
    gradient: (step, parameter, values) => {
      expect(step).toBe(2);
      expect(seen.has(parameter)).toBe(false);
      seen.set(parameter, values.slice());
    },
  };
  const trainStep = new TrainStep({
    ...{ config, replica, clock: new PhaseClock(stepPhases), firstMicroBatch: 0 },
    batches: { next: () => Promise.resolve(batchOf(++next, 12, 3, { start: 0, end: 3 })) },
    exchange: new LocalExchange({ operations, network, ...exchange }),
    ...{ stepsPerEpoch: 100, totalSteps: 100, evaluations: { errors: [], samples: 0 } },
    ...(watched && { gradients }),
  });
  const weights = () =>
    replica.withWeights((tensors) => network.parameters.map((_, index) => operations.read(tensors[index]!).slice()));
  await trainStep.run(() => false);
  const before = weights();
  const tensors = tf.memory().numTensors;
  await trainStep.run(() => false);
  expect(tf.memory().numTensors).toBe(tensors);
  const after = weights();
  const digests = replica.parameterDigests();
  replica.dispose();
  return { seen, before, after, digests };
}

describe('a watched step', () => {
  const dense = network.factorLayers.map(({ name }) => name);
  const plain = { momentum: 0, weightDecay: 0, learningRate: 0.1 };
  it.each([
    ['summed', [], {}],
    ['made of factors', dense, {}],
    ['clipped', dense, { clipNorm: 0.01 }],
  ])('shows the gradients that it applies: %s', async (_, factors, more) => {
    const { seen, before, after } = await twoSteps(factors, { ...plain, ...more }, true);
    expect([...seen.keys()].sort((a, b) => a - b)).toEqual([...network.parameters.keys()]);
    for (const [parameter, values] of seen) {
      expect(values.length).toBe(before[parameter]!.length);
      const apart = values.reduce((most, value, at) => {
        const applied = (before[parameter]![at]! - after[parameter]![at]!) / plain.learningRate;
        return Math.max(most, Math.abs(value - applied));
      }, 0);
      expect(apart, network.parameters[parameter]!.name).toBeLessThan(5e-6);
    }
  });

  it('has the bits of one that is not', async () => {
    const [one, other] = [await twoSteps(dense, {}, true), await twoSteps(dense, {}, false)];
    expect(one.seen.size).toBe(network.parameters.length);
    expect(other.seen.size).toBe(0);
    expect(one.digests).toEqual(other.digests);
  });
});
