import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Operations } from './operations.js';

/** Computes each group on its part of the channels of all tensors, and joins the results along their channels. */
export function inGroups(
  operations: Pick<Operations, 'splitChannels' | 'concatChannels'>,
  groups: number,
  whole: readonly Tensor[],
  compute: (parts: readonly Tensor[]) => Tensor,
): Tensor {
  if (groups === 1) return compute(whole);
  const split = whole.map((tensor) => operations.splitChannels(tensor, groups));
  const results = Array.from({ length: groups }, (_, group) => compute(split.map((parts) => parts[group]!)));
  const joined = operations.concatChannels(results);
  for (const tensor of [...split.flat(), ...results]) tensor.dispose();
  return joined;
}
