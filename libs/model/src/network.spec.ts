import type { Tensor, Tensor4D } from '@tensorflow/tfjs-node-gpu';
import { describe, expect, it } from 'vitest';
import { BatchNormalisation } from './layers/batch-normalisation.js';
import { Convolution } from './layers/convolution.js';
import { Dense } from './layers/dense.js';
import { Dropout } from './layers/dropout.js';
import { Flatten } from './layers/flatten.js';
import type { Layer } from './layers/layer.js';
import { LocalResponseNormalisation } from './layers/local-response-normalisation.js';
import { MaxPool } from './layers/max-pool.js';
import { type GradientSink, Network } from './network.js';
import { initialValue } from './parameters.js';
import { nativeForTests } from './testing/native.js';

const { tf, operations } = nativeForTests();
const gaussian = { kind: 'normal', deviation: 0.1 } as const;
const half = { kind: 'constant', value: 0.5 } as const;
const lrn = { depthRadius: 2, bias: 2, alpha: 1e-2, beta: 0.75 };

/** One layer of each kind, in miniature: strided and grouped convolution, LRN, overlapping pooling, two dense layers. */
function miniature(dropout: number): Network {
  const layers: Layer[] = [];
  const shape = () => layers.at(-1)?.outputShape ?? [19, 19, 3];
  const inits = { activation: 'relu', kernelInit: gaussian, biasInit: half } as const;
  layers.push(
    new Convolution({
      name: 'c1',
      input: shape(),
      filters: 8,
      kernelSize: 3,
      geometry: { strides: [2, 2], padding: 'VALID' },
      ...inits,
    }),
  );
  layers.push(new LocalResponseNormalisation('n1', shape(), lrn));
  layers.push(new MaxPool('p1', shape(), { window: [3, 3], strides: [2, 2], padding: 'VALID' }));
  layers.push(
    new Convolution({
      name: 'c2',
      input: shape(),
      filters: 12,
      kernelSize: 3,
      geometry: { strides: [1, 1], padding: 'SAME' },
      groups: 2,
      ...inits,
    }),
  );
  layers.push(new Flatten(shape()));
  layers.push(new Dense({ name: 'd3', input: shape(), units: 20, ...inits }));
  layers.push(new Dropout('o3', shape(), dropout));
  layers.push(new Dense({ name: 'd4', input: shape(), units: 5, ...inits, activation: 'none' }));
  return new Network([19, 19, 3], layers);
}

const ROWS = 12;
const images = tf.randomNormal([ROWS, 19, 19, 3], 0, 1, 'float32', 3) as Tensor;
const labels = Int32Array.from({ length: ROWS }, (_, row) => row % 5);

interface Gathered {
  losses: number[];
  /** Per parameter name, per micro-batch. */
  gradients: Map<string, Map<number, Float32Array>>;
  order: string[];
}

function gradientsOf(
  network: Network,
  weights: readonly Tensor[],
  firstRow: number,
  segments: number[],
  factors?: GradientSink['factors'],
): Gathered {
  const count = segments.reduce((sum, size) => sum + size, 0);
  const rows = operations.rows(images, firstRow, count);
  const local = labels.slice(firstRow, firstRow + count);
  const result: Gathered = { losses: [], gradients: new Map(), order: [] };
  const placement = { firstRow, globalRows: ROWS, segments };
  network.gradients(
    operations,
    weights,
    { images: rows, labels: local, placement, seed: 5, step: 9 },
    {
      losses: (perRow) => {
        result.losses = [...perRow];
      },
      reduce: () => {
        throw new Error('this network has no reductions');
      },
      takesFactors: () => factors !== undefined,
      factors: (layer, input, outputGradient) => factors!(layer, input, outputGradient),
      gradient: (parameter, segment, value) => {
        const { name } = network.parameters[parameter]!;
        if (result.order.at(-1) !== name) result.order.push(name);
        const bySegment = result.gradients.get(name) ?? new Map<number, Float32Array>();
        result.gradients.set(name, bySegment.set(segment, operations.read(value)));
        value.dispose();
      },
    },
  );
  rows.dispose();
  return result;
}

const weightsOf = (network: Network) =>
  network.parameters.map((spec, index) => initialValue(operations, spec, index, 11));

describe('Network', () => {
  it('has the losses, logits and gradients of tfjs’s own layers and automatic differentiation', () => {
    const network = miniature(0);
    const weights = weightsOf(network);
    const ours = gradientsOf(network, weights, 0, [ROWS]);
    const logitsOf = (
      x: Tensor,
      k1: Tensor,
      b1: Tensor,
      k2: Tensor,
      b2: Tensor,
      k3: Tensor,
      b3: Tensor,
      k4: Tensor,
      b4: Tensor,
    ) => {
      let h: Tensor = tf
        .conv2d(x as Tensor4D, k1 as Tensor4D, 2, 'valid')
        .add(b1)
        .relu();
      h = tf.localResponseNormalization(h as Tensor4D, lrn.depthRadius, lrn.bias, lrn.alpha, lrn.beta);
      h = tf.maxPool(h as Tensor4D, 3, 2, 'valid');
      const towers = tf
        .split(h, 2, 3)
        .map((half, i) => tf.conv2d(half as Tensor4D, tf.split(k2, 2, 3)[i] as Tensor4D, 1, 'same'));
      h = tf.concat(towers, 3).add(b2).relu();
      const dense = tf
        .matMul(h.reshape([ROWS, -1]), k3)
        .add(b3)
        .relu();
      return tf.matMul(dense, k4).add(b4);
    };
    const oneHot = tf.oneHot(tf.tensor1d(labels, 'int32'), 5);
    const loss = (...w: Tensor[]) =>
      tf.losses.softmaxCrossEntropy(
        oneHot,
        logitsOf(images, ...(w as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor])),
      );
    const theirs = tf.valueAndGrads(loss as never)(weights as never);

    const mean = ours.losses.reduce((sum, value) => sum + value, 0) / ROWS;
    expect(mean).toBeCloseTo(theirs.value.dataSync()[0]!, 5);
    const logits = network.logits(operations, weights, images).dataSync();
    const expected = logitsOf(
      images,
      ...(weights as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]),
    ).dataSync();
    for (const [index, value] of logits.entries()) expect(value).toBeCloseTo(expected[index]!, 4);
    for (const [index, { name }] of network.parameters.entries()) {
      const got = ours.gradients.get(name)!.get(0)!;
      const want = theirs.grads[index]!.dataSync();
      const scale = Math.max(...want.map(Math.abs));
      const worst = Math.max(...got.map((value, at) => Math.abs(value - want[at]!)));
      expect(worst / scale, name).toBeLessThan(1e-5);
    }
  });

  it('gives a micro-batch the same bits whichever others are computed with it, dropout on', () => {
    const network = miniature(0.5);
    const weights = weightsOf(network);
    const sizes = [4, 3, 1, 4];
    const together = gradientsOf(network, weights, 0, sizes);
    let firstRow = 0;
    for (const [segment, size] of sizes.entries()) {
      const alone = gradientsOf(network, weights, firstRow, [size]);
      expect(alone.losses).toEqual(together.losses.slice(firstRow, firstRow + size));
      for (const [name, bySegment] of together.gradients)
        expect(alone.gradients.get(name)!.get(0), `${name} of micro-batch ${segment}`).toEqual(bySegment.get(segment));
      firstRow += size;
    }
  });

  it('emits parameters in reverse order and leaves empty micro-batches out', () => {
    const network = miniature(0.5);
    const { order, gradients } = gradientsOf(network, weightsOf(network), 2, [2, 0, 3, 0]);
    expect(order).toEqual(network.parameters.map(({ name }) => name).reverse());
    for (const bySegment of gradients.values()) expect([...bySegment.keys()]).toEqual([0, 2]);
  });

  it('draws other dropout masks in each layer and step', () => {
    const rate = 0.4;
    const draw = (seed: readonly [number, number]) => {
      const mask = operations.dropoutMask([100, 50], rate, seed);
      const values = operations.read(mask);
      mask.dispose();
      return values;
    };
    const mask = draw([1, 2]);
    expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / (1 - rate))]));
    const dropped = mask.filter((value) => value === 0).length / mask.length;
    expect(Math.abs(dropped - rate)).toBeLessThan(0.03);
    expect(draw([1, 2])).toEqual(mask);
    expect(draw([1, 3])).not.toEqual(mask);
  });

  it('leaves no tensor behind', () => {
    const network = miniature(0.5);
    const weights = weightsOf(network);
    const before = tf.memory().numTensors;
    for (let round = 0; round < 3; round++) {
      gradientsOf(network, weights, 0, [5, 1, 2]);
      network.logits(operations, weights, images).dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it.each([1, 2, 3, 4])('leaves no tensor behind where the sum number %i does not come', (fails) => {
    const normalisation = (name: string) => new BatchNormalisation(name, [19, 19, 3], { momentum: 0.9, epsilon: 1e-3 });
    const dense = { units: 5, kernelInit: gaussian, biasInit: half, activation: 'none' } as const;
    const network = new Network(
      [19, 19, 3],
      [
        normalisation('b1'),
        normalisation('b2'),
        new Flatten([19, 19, 3]),
        new Dense({ name: 'd', input: [19 * 19 * 3], ...dense }),
      ],
    );
    const weights = weightsOf(network);
    const rows = { images, labels, placement: { firstRow: 0, globalRows: ROWS, segments: [ROWS] }, seed: 1, step: 1 };
    let sums = 0;
    const sink: GradientSink = {
      losses: () => undefined,
      gradient: (_parameter, _segment, value) => value.dispose(),
      takesFactors: () => false,
      factors: () => undefined,
      reduce: (reduction) => {
        if (++sums === fails) throw new Error('a peer is lost');
        return new Float32Array(network.reductions[reduction]!.length).fill(1);
      },
    };
    const before = tf.memory().numTensors;
    expect(() => network.gradients(operations, weights, { ...rows, labelSmoothing: 0 }, sink)).toThrow(
      'a peer is lost',
    );
    expect(tf.memory().numTensors).toBe(before);
    for (const weight of weights) weight.dispose();
  });

  it('gives factors of dense layers in place of their gradients, and makes the same gradients of them', () => {
    const network = miniature(0.5);
    const weights = weightsOf(network);
    const expected = gradientsOf(network, weights, 0, [ROWS]);
    const made = new Map<string, Float32Array>();
    const { order } = gradientsOf(network, weights, 0, [ROWS], (layer, input, outputGradient) => {
      const { inputs, outputs, parameters } = network.factorLayers[layer]!;
      expect([input.shape, outputGradient.shape]).toEqual([
        [ROWS, inputs],
        [ROWS, outputs],
      ]);
      for (const parameter of parameters) {
        const gradient = network.gradientFromFactors(operations, { layer, parameter }, input, outputGradient);
        made.set(network.parameters[parameter]!.name, operations.read(gradient).slice());
        gradient.dispose();
      }
    });
    expect(made.size).toBeGreaterThan(0);
    for (const [name, values] of made) expect(values).toEqual(expected.gradients.get(name)!.get(0));
    expect([...order, ...made.keys()].sort()).toEqual([...expected.order].sort());
    for (const weight of weights) weight.dispose();
  });
});
