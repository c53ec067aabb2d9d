import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { describe, expect, it } from 'vitest';
import { nativeForTests } from '../testing/native.js';
import { BatchNormalisation } from './batch-normalisation.js';
import type { Reduce } from './layer.js';

const { tf, operations } = nativeForTests();
const EPSILON = 1e-3;
const layer = new BatchNormalisation('bn', [3, 3, 4], { momentum: 0.9, epsilon: EPSILON });
const ROWS = 6;
const x = tf.randomNormal([ROWS, 3, 3, 4], 2, 3, 'float32', 1) as Tensor;
const dy = tf.randomNormal([ROWS, 3, 3, 4], 0, 1, 'float32', 2) as Tensor;
const gamma = tf.tensor1d([1, 0.5, -2, 3]) as Tensor;
const beta = tf.tensor1d([0, 1, 2, -1]) as Tensor;
const weights = [gamma, beta, tf.tensor1d([1, 2, 3, 4]) as Tensor, tf.tensor1d([4, 3, 2, 1]) as Tensor];
const placement = { firstRow: 0, globalRows: ROWS, segments: [2, 0, 4] };
const reduced = new Map<number, Float32Array>();
const reduce: Reduce = (reduction, perSegment) => {
  const total = new Float32Array(8);
  for (const sums of perSegment) sums?.forEach((value, at) => (total[at]! += value));
  reduced.set(reduction, total);
  return total;
};

/** Batch normalisation by tfjs's own operations, which differentiate themselves. */
function reference(input: Tensor, g: Tensor, b: Tensor): Tensor {
  const { mean, variance } = tf.moments(input, [0, 1, 2]);
  return input.sub(mean).mul(variance.add(EPSILON).rsqrt()).mul(g).add(b);
}

function expectClose(got: Float32Array, want: Float32Array): void {
  expect(got).toHaveLength(want.length);
  for (const [at, value] of got.entries()) expect(value).toBeCloseTo(want[at]!, 4);
}

describe('BatchNormalisation', () => {
  it('has the output and the gradients of tfjs’s moments, differentiated by tfjs', () => {
    const training = { placement, reduce, seed: [0, 0] as const };
    const { output, saved } = layer.forward(x, { operations, weights, training });
    expectClose(operations.read(output), operations.read(reference(x, gamma, beta)));
    const gradients = [new Float32Array(4), new Float32Array(4)];
    const dx = layer.backward(dy, {
      ...{ operations, weights, placement, input: x, output, saved, reduce, needsInputGradient: true },
      emit: (parameter, _, gradient) => {
        operations.read(gradient).forEach((value, at) => (gradients[parameter]![at]! += value));
        gradient.dispose();
      },
    });
    const [wantX, wantGamma, wantBeta] = tf.grads((a, g, b) => reference(a!, g!, b!).mul(dy))([
      x,
      gamma,
      beta,
    ] as never);
    expectClose(operations.read(dx), wantX!.dataSync() as Float32Array);
    expectClose(gradients[0]!, wantGamma!.dataSync() as Float32Array);
    expectClose(gradients[1]!, wantBeta!.dataSync() as Float32Array);
  });

  it('moves its averages by the moments of the population', () => {
    const state = (parameter: number) => operations.read(weights[parameter]!);
    const next = layer.nextState((reduction) => reduced.get(reduction)!, ROWS, state);
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    expectClose(
      next.get(2)!,
      state(2).map((kept, at) => 0.9 * kept + 0.1 * mean.dataSync()[at]!),
    );
    expectClose(
      next.get(3)!,
      state(3).map((kept, at) => 0.9 * kept + 0.1 * variance.dataSync()[at]!),
    );
  });

  it('uses the averages outside training', () => {
    const { output } = layer.forward(x, { operations, weights });
    const [, , movingMean, movingVariance] = weights as [Tensor, Tensor, Tensor, Tensor];
    const want = x.sub(movingMean).mul(movingVariance.add(EPSILON).rsqrt()).mul(gamma).add(beta);
    expectClose(operations.read(output), operations.read(want));
  });
});
