import { describe, expect, it } from 'vitest';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { buildNetwork } from '../networks/build-network.js';
import { initialValue } from '../parameters.js';
import { nativeForTests } from '../testing/native.js';
import { wasmForTests } from '../testing/wasm.js';
import type { Engine } from './engine.js';

const { tf, operations: native } = nativeForTests();
const wasm = await wasmForTests();

const ROWS = 12;
const network = buildNetwork({ name: 'small', dropout: 0.5 } as never, { channels: 1, classes: 10 });
const labels = Int32Array.from({ length: ROWS }, (_, row) => row % 10);

interface Passes {
  readonly losses: Float32Array;
  readonly logits: Float32Array;
  /** By parameter and micro-batch. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** The small network, forward and backward, with dropout, in two micro-batches of different sizes. */
function passes(engine: Engine): Passes {
  const weights = network.parameters.map((spec, index) => initialValue(engine, spec, index, 7));
  const pixels = Float32Array.from({ length: ROWS * 28 * 28 }, (_, at) => Math.sin(1 + at * 12.9898));
  const images = engine.fromFloat32(pixels, [ROWS, 28, 28, 1]);
  const gradients = new Map<string, Float32Array>();
  let losses = new Float32Array();
  const placement = { firstRow: 0, globalRows: ROWS, segments: [5, 7] };
  network.gradients(
    engine,
    weights,
    { images, labels, placement, seed: 7, step: 3 },
    {
      losses: (perRow) => (losses = perRow.slice()),
      gradient: (parameter, segment, value: Tensor) => {
        gradients.set(`${network.parameters[parameter]!.name} of ${segment}`, engine.read(value).slice());
        value.dispose();
      },
      takesFactors: () => false,
      factors: () => undefined,
      reduce: () => new Float32Array(),
    },
  );
  const output = network.logits(engine, weights, images);
  const logits = engine.read(output).slice();
  for (const tensor of [...weights, images, output]) tensor.dispose();
  return { losses, logits, gradients };
}

/** The greatest difference, in parts of the greatest value. */
function difference(ours: Float32Array, theirs: Float32Array): number {
  const greatest = theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return ours.reduce((most, value, at) => Math.max(most, Math.abs(value - theirs[at]!)), 0) / greatest;
}

describe('the small network on both engines', () => {
  it('has the same losses, logits and gradients to rounding, and leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    const [theirs, ours] = [passes(native), passes(wasm)];
    expect(tf.memory().numTensors).toBe(before);
    expect(difference(ours.losses, theirs.losses)).toBeLessThan(1e-6);
    expect(difference(ours.logits, theirs.logits)).toBeLessThan(1e-6);
    expect([...ours.gradients.keys()]).toEqual([...theirs.gradients.keys()]);
    expect(ours.gradients.size).toBe(2 * network.parameters.length);
    for (const [name, gradient] of ours.gradients)
      expect(difference(gradient, theirs.gradients.get(name)!), name).toBeLessThan(1e-5);
  });

  it('has the same bits from one time to the next', () => {
    const [one, other] = [passes(wasm), passes(wasm)];
    expect(other.losses).toEqual(one.losses);
    for (const [name, gradient] of other.gradients)
      expect(Buffer.compare(Buffer.from(gradient.buffer), Buffer.from(one.gradients.get(name)!.buffer)), name).toBe(0);
  });
});

describe.each<Engine>([native, wasm])('variables and the momentum update: $engine', (engine) => {
  it('keep values, give them and forget them', () => {
    const before = tf.memory().numTensors;
    const variables = engine.createVariables();
    const first = engine.fromFloat32(Float32Array.of(1, 2), [2]);
    expect(variables.add(first)).toBe(0);
    const second = engine.fromFloat32(Float32Array.of(3, 4), [2]);
    variables.assign(0, second);
    for (const tensor of [first, second]) tensor.dispose();
    const now = variables.read(0);
    expect([...engine.read(now)]).toEqual([3, 4]);
    now.dispose();
    expect(variables.length).toBe(1);
    expect(() => variables.read(1)).toThrow('variable 1 of 1 was asked for');
    variables.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('follow the rule v ← m·v − d·w − r·g, w ← w + v, and a product sees the new weights', () => {
    const before = tf.memory().numTensors;
    const [weights, velocities] = [engine.createVariables(), engine.createVariables()];
    const start = engine.fromFloat32(Float32Array.of(1, -2, 3, 0.5), [2, 2]);
    weights.add(start);
    const still = engine.fill([2, 2], 0);
    velocities.add(still);
    const gradient = engine.fromFloat32(Float32Array.of(0.5, 1, -1, 2), [2, 2]);
    const x = engine.fromFloat32(Float32Array.of(1, 0), [1, 2]);
    let [w, v] = [
      [1, -2, 3, 0.5],
      [0, 0, 0, 0],
    ];
    for (let step = 0; step < 3; step++) {
      engine.momentum.apply({ weights, velocities }, 0, gradient, { rate: 0.1, momentum: 0.9, decay: 0.01 });
      v = v.map((value, at) => 0.9 * value - 0.01 * w[at]! - 0.1 * [0.5, 1, -1, 2][at]!);
      w = w.map((value, at) => value + v[at]!);
      const kernel = weights.read(0);
      const firstRow = engine.matMul(x, kernel, false, false);
      for (const [at, value] of engine.read(firstRow).entries()) expect(value).toBeCloseTo(w[at]!, 6);
      for (const tensor of [kernel, firstRow]) tensor.dispose();
    }
    for (const tensor of [start, still, gradient, x]) tensor.dispose();
    weights.dispose();
    velocities.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
