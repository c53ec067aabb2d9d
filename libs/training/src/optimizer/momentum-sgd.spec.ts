import { NativeMomentum, NativeOperations } from '@tandem/model';
import { loadTensorFlow } from '@tandem/runtime';
import { describe, expect, it } from 'vitest';
import { MomentumSgd } from './momentum-sgd.js';

const tf = loadTensorFlow({ threads: 1, device: 'cpu' });
const operations = new NativeOperations(tf);

const byTensorFlow = new NativeMomentum(operations.backend, undefined);

/** Applies `steps` of [rate, gradient] to w = 0.5, v = 0 and gives w after each. */
function trajectory(
  { decays = true, ...rest }: { momentum: number; weightDecay: number; decays?: boolean },
  steps: [number, number][],
  update: NativeMomentum,
): number[] {
  const weights = operations.createVariables();
  const velocities = operations.createVariables();
  for (const [store, value] of [
    [weights, 0.5],
    [velocities, 0],
  ] as const) {
    const first = operations.fill([3], value);
    store.add(first);
    first.dispose();
  }
  const sgd = new MomentumSgd(update, { weights, velocities }, { ...rest, decays: () => decays });
  const seen = steps.map(([rate, slope]) => {
    const gradient = operations.fill([3], slope);
    sgd.apply(0, gradient, rate);
    gradient.dispose();
    const now = weights.read(0);
    const [value] = operations.read(now);
    now.dispose();
    return value!;
  });
  weights.dispose();
  velocities.dispose();
  return seen;
}

describe.each([
  { by: 'Tandem’s kernel', update: operations.momentum },
  { by: 'TensorFlow’s, as on a GPU', update: byTensorFlow },
])('MomentumSgd by $by', ({ update }) => {
  it('follows the paper’s rule through a drop of the rate', () => {
    const steps: [number, number][] = [
      [0.1, 1],
      [0.1, -2],
      [0.01, 0.5],
    ];
    // By hand, m = 0.9, d = 0.01: v₁ = −0.01·0.1·0.5 − 0.1·1 = −0.1005, w₁ = 0.3995; the rate is inside v, so that the
    // third step still carries 0.9·v₂ at the old rate.
    const v1 = -0.01 * 0.1 * 0.5 - 0.1 * 1;
    const w1 = 0.5 + v1;
    const v2 = 0.9 * v1 - 0.01 * 0.1 * w1 + 0.1 * 2;
    const w2 = w1 + v2;
    const v3 = 0.9 * v2 - 0.01 * 0.01 * w2 - 0.01 * 0.5;
    const got = trajectory({ momentum: 0.9, weightDecay: 0.01 }, steps, update);
    expect(w1).toBeCloseTo(0.3995, 10);
    for (const [index, want] of [w1, w2, w2 + v3].entries()) expect(got[index]).toBeCloseTo(want, 6);
  });

  it('is plain gradient descent with decay when there is no momentum', () => {
    const w1 = 0.5 - 0.1 * (1 + 0.01 * 0.5);
    expect(trajectory({ momentum: 0, weightDecay: 0.01 }, [[0.1, 1]], update)[0]).toBeCloseTo(w1, 6);
  });

  it('leaves the decay out for a parameter that has none', () => {
    const options = { momentum: 0.9, weightDecay: 0.01, decays: false };
    expect(trajectory(options, [[0.1, 1]], update)[0]).toBeCloseTo(0.4, 6);
  });

  it('changes nothing else and leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    expect(trajectory({ momentum: 0.9, weightDecay: 0 }, [[0.1, 0]], update)).toEqual([0.5]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('MomentumSgd by factors', () => {
  it.each([
    { rows: 2, inputs: 3, outputs: 5 },
    { rows: 130, inputs: 61, outputs: 67 },
  ])('has the bits of their product: $rows × $inputs and $outputs', ({ rows, inputs, outputs }) => {
    const values = (count: number, seed: number) =>
      Float32Array.from({ length: count }, (_, at) => Math.sin(1 + at * 12.9898 + seed));
    const x = operations.fromFloat32(values(rows * inputs, 1), [rows, inputs]);
    const d = operations.fromFloat32(values(rows * outputs, 2), [rows, outputs]);
    const after = (way: 'factors' | 'product') => {
      const stores = [3, 4].map((seed) => {
        const store = operations.createVariables();
        const first = operations.fromFloat32(values(inputs * outputs, seed), [inputs, outputs]);
        store.add(first);
        first.dispose();
        return store;
      });
      const [weights, velocities] = [stores[0]!, stores[1]!];
      const options = { momentum: 0.9, weightDecay: 0.01, decays: () => true };
      const sgd = new MomentumSgd(operations.momentum, { weights, velocities }, options);
      if (way === 'factors') sgd.applyFactors!(0, [x, d], 0.1);
      else {
        const gradient = operations.factorProduct(x, d);
        sgd.apply(0, gradient, 0.1);
        gradient.dispose();
      }
      return stores.map((store) => {
        const now = store.read(0);
        const bits = operations.read(now).slice();
        now.dispose();
        store.dispose();
        return bits;
      });
    };
    expect(after('factors')).toEqual(after('product'));
    for (const factor of [x, d]) factor.dispose();
  });
});
