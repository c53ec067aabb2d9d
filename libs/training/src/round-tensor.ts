import { type Encoding, roundToBfloat16 } from '@tandem/collective';
import type { Operations } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';

/** `x` with its elements rounded to what `encoding` can hold; disposes `x`, or gives it back. */
export function roundTensor(operations: Operations, encoding: Encoding, x: Tensor): Tensor {
  if (encoding === 'float32') return x;
  const values = operations.read(x).slice();
  roundToBfloat16(values);
  const rounded = operations.fromFloat32(values, x.shape);
  x.dispose();
  return rounded;
}
