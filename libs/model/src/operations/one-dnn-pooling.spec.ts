import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { describe, expect, it } from 'vitest';
import { nativeForTests } from '../testing/native.js';

const { tf, operations } = nativeForTests();
const bits = (tensor: Tensor) => Buffer.from(operations.read(tensor).slice().buffer);

describe.each([
  ['overlapping', 3],
  ['plain', 2],
])('max pooling in training, %s', (_, window) => {
  it.each([
    [13, 96],
    [27, 256],
    [6, 16],
  ])('has the bits of TensorFlow’s own at a width of %i and %i channels, ties too', (size, channels) => {
    const geometry = { window: [window, window], strides: [2, 2], padding: 'VALID' } as const;
    const x = tf.relu(tf.round(tf.randomNormal([3, size, size, channels], 0, 2, 'float32', 7))) as Tensor;
    const { output, saved } = operations.maxPoolForTraining(x, geometry);
    const dy = tf.randomNormal(output.shape, 0, 1, 'float32', 8) as Tensor;
    expect(bits(output).equals(bits(operations.maxPool(x, geometry)))).toBe(true);
    const gradient = operations.maxPoolGradient(x, output, dy, geometry, saved);
    expect(bits(gradient).equals(bits(operations.maxPoolGradient(x, output, dy, geometry, [])))).toBe(true);
  });
});
