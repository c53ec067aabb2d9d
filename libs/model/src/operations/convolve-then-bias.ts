import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { inGroups } from './groups.js';
import type { ConvolutionGeometry, Operations } from './operations.js';

/** `Operations.conv2dWithBias` where no kernel does both: group by group, and the bias afterwards. */
export function convolveThenBias(
  operations: Pick<Operations, 'conv2d' | 'biasAdd' | 'splitChannels' | 'concatChannels'>,
  [x, kernel, bias]: readonly [x: Tensor, kernel: Tensor, bias: Tensor],
  geometry: ConvolutionGeometry,
): Tensor {
  const groups = x.shape.at(-1)! / kernel.shape[2]!;
  const convolved = inGroups(operations, groups, [x, kernel], ([part, filters]) =>
    operations.conv2d(part!, filters!, geometry),
  );
  const biased = operations.biasAdd(convolved, bias);
  convolved.dispose();
  return biased;
}
