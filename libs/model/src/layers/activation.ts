import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Operations } from '../operations/operations.js';

export type ActivationName = 'relu' | 'tanh' | 'none';

/** Applies an activation to `x`, which it disposes or gives back. */
export function activate(operations: Operations, activation: ActivationName, x: Tensor): Tensor {
  if (activation === 'none') return x;
  const y = activation === 'relu' ? operations.relu(x) : operations.tanh(x);
  x.dispose();
  return y;
}

/** The gradient before the activation; `dy` itself where there is none. */
export function activationGradient(operations: Operations, activation: ActivationName, dy: Tensor, y: Tensor): Tensor {
  switch (activation) {
    case 'none':
      return dy;
    case 'relu':
      return operations.reluGradient(dy, y);
    case 'tanh':
      return operations.tanhGradient(dy, y);
  }
}
