import { ConfigurationError } from '@tandem/core';
import type { Padding } from '../operations/operations.js';

/** Output size of a convolution or pooling window along one side, by TensorFlow's rules for SAME, VALID and EXPLICIT. */
export function windowedSize(size: number, window: number, stride: number, padding: Padding): number {
  const padded = typeof padding === 'number' ? size + 2 * padding : size;
  const output = padding === 'SAME' ? Math.ceil(size / stride) : Math.floor((padded - window) / stride) + 1;
  if (output < 1)
    throw new ConfigurationError({
      code: 'TANDEM_MODEL_INPUT_TOO_SMALL',
      what: `the network's input is too small: a window of ${window} pixels meets a side of ${size}`,
      where: 'model.inputSize',
      expected: 'an input that every layer fits in (227 or 224 for alexnet, 28 for small)',
      remedy: 'Raise model.inputSize.',
    });
  return output;
}
