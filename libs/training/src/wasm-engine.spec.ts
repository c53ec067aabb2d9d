import { addFloat32 } from '@tandem/collective';
import { WasmOperations } from '@tandem/model';
import { PhaseClock, stepPhases } from '@tandem/observability';
import { loadWasm } from '@tandem/runtime';
import type { RunConfig } from '@tandem/core';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { describe, expect, it } from 'vitest';
import { FixedClassifier, classify } from './classifier.js';
import { LocalExchange } from './local-exchange.js';
import { Replica } from './replica.js';
import { batchOf, config, network, operations as native, tf } from './testing/rows.js';
import { TrainStep } from './train-step.js';

const wasm = new WasmOperations(await loadWasm());
const dense = network.factorLayers.map(({ name }) => name);
const pixels = batchOf(1, 6, 1, { start: 0, end: 1 }).images;

function trainStepOf(replica: Replica, factors: readonly string[], changed: RunConfig = config): TrainStep {
  let step = 0;
  return new TrainStep({
    ...{ config: changed, replica, clock: new PhaseClock(stepPhases), firstMicroBatch: 0 },
    batches: { next: () => Promise.resolve(batchOf(++step, step % 2 === 0 ? 5 : 12, 3, { start: 0, end: 3 })) },
    exchange: new LocalExchange({
      ...{ operations: replica.operations, network, globalBatch: 12, microBatches: 3, factors, encoding: 'float32' },
    }),
    ...{ stepsPerEpoch: 100, totalSteps: 100, evaluations: { errors: [], samples: 0 } },
  });
}

describe('training on the WebAssembly engine', () => {
  it.each([1, 200])(
    'adds as the exchange and the native engine do, to the bit, subnormal numbers included: %i times',
    (times) => {
      const least = 2 ** -149;
      const values = [
        0,
        -0,
        least,
        -least,
        2 ** -126,
        -(2 ** -126),
        2 ** -127,
        3 * 2 ** -126,
        -(2.5 * 2 ** -126),
        1e-30,
        1,
        -1.5,
      ];
      const pairs = values.flatMap((left) => values.map((right) => [left, right] as const));
      const many = Array.from({ length: times }, () => pairs).flat();
      const [left, right] = [0, 1].map((side) => Float32Array.from(many, (pair) => pair[side]!)) as [
        Float32Array,
        Float32Array,
      ];
      const inExchange = new Float32Array(left.length);
      addFloat32(inExchange, left, right);
      for (const engine of [native, wasm]) {
        const operands = [left, right].map((side) => engine.fromFloat32(side, [side.length])) as [Tensor, Tensor];
        const sum = engine.add(...operands);
        expect(
          Buffer.compare(Buffer.from(engine.read(sum).slice().buffer), Buffer.from(inExchange.buffer)),
          engine.engine,
        ).toBe(0);
        for (const tensor of [...operands, sum]) tensor.dispose();
      }
    },
  );

  it.each([
    ['sums', [], {}],
    ['factors', dense, {}],
    ['clipped gradients', dense, { clipNorm: 0.5 }],
    ['LARS', [], { name: 'lars', learningRate: 1 }],
  ] as const)(
    'takes the native engine’s steps by %s, to rounding, and leaves no tensor behind',
    async (_, factors, optimizer) => {
      const changed = { ...config, optimizer: { ...config.optimizer, ...optimizer } };
      const losses: number[][] = [];
      for (const engine of [native, wasm]) {
        const before = tf.memory().numTensors;
        const replica = new Replica(network, engine, changed);
        const trainStep = trainStepOf(replica, factors, changed);
        const inTraining = tf.memory().numTensors;
        const own: number[] = [];
        for (let step = 0; step < 8; step++) {
          own.push((await trainStep.run(() => false)).loss);
          expect(tf.memory().numTensors).toBe(inTraining);
        }
        losses.push(own);
        replica.dispose();
        expect(tf.memory().numTensors).toBe(before);
      }
      expect(new Set(losses[1]).size).toBe(8);
      for (const [step, loss] of losses[1]!.entries()) expect(loss).toBeCloseTo(losses[0]![step]!, 4);
    },
  );

  it('has the same bits in several rounds of forward and backward', async () => {
    const digests: string[][] = [];
    for (const accumulate of [1, 3]) {
      const inRounds = { ...config, training: { ...config.training, accumulate } };
      const replica = new Replica(network, wasm, inRounds);
      const trainStep = trainStepOf(replica, dense, inRounds);
      for (let step = 0; step < 4; step++) await trainStep.run(() => false);
      digests.push([...replica.parameterDigests(), ...replica.checksums(true)]);
      replica.dispose();
    }
    expect(digests[1]).toEqual(digests[0]);
  });

  it('keeps a state, restores it on either engine, and classifies with it alike', async () => {
    const replica = new Replica(network, wasm, config);
    const trainStep = trainStepOf(replica, dense);
    for (let step = 0; step < 3; step++) await trainStep.run(() => false);
    const state = new SharedArrayBuffer(replica.stateBytes);
    replica.snapshot(state);
    const others = [native, wasm].map((engine) => {
      const other = new Replica(network, engine, { ...config, training: { ...config.training, seed: 99 } });
      expect(other.checksums(true)).not.toEqual(replica.checksums(true));
      other.restore(state);
      expect(other.checksums(true)).toEqual(replica.checksums(true));
      expect(other.parameterDigests()).toEqual(replica.parameterDigests());
      const logits = classify(other, pixels, 6);
      other.dispose();
      return logits;
    });
    const before = tf.memory().numTensors;
    const classifier = new FixedClassifier(network, wasm, new Float32Array(state).slice(0, network.parameterCount));
    expect(classify(classifier, pixels, 6)).toEqual(others[1]);
    for (const [at, logit] of others[1]!.entries()) expect(logit).toBeCloseTo(others[0]![at]!, 5);
    classifier.dispose();
    expect(tf.memory().numTensors).toBe(before);
    replica.dispose();
  });

  it('finds what is not finite, and changes nothing', async () => {
    const replica = new Replica(network, wasm, config);
    const batch = batchOf(1, 12, 3, { start: 0, end: 3 });
    batch.images[5 * 64] = NaN;
    const trainStep = new TrainStep({
      ...{ config, replica, clock: new PhaseClock(stepPhases), firstMicroBatch: 0 },
      batches: { next: () => Promise.resolve(batch) },
      exchange: new LocalExchange({
        ...{ operations: wasm, network, globalBatch: 12, microBatches: 3, factors: dense, encoding: 'float32' },
      }),
      ...{ stepsPerEpoch: 100, totalSteps: 100, evaluations: { errors: [], samples: 0 } },
    });
    const before = replica.parameterDigests();
    const tensors = tf.memory().numTensors;
    const { nonFinite } = await trainStep.run(() => false);
    expect(nonFinite?.gradients).toEqual(expect.arrayContaining(['conv1/kernel', 'fc4/kernel', 'fc4/bias']));
    expect(nonFinite?.origins[0]).toEqual({ place: 'the image', samples: [5] });
    expect(replica.parameterDigests()).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
    replica.dispose();
  });
});
