import type { Tensor } from '@tensorflow/tfjs-node-gpu';

/** Values that an optimizer changes: weights, or their velocities, by index. */
export interface Variables {
  readonly length: number;
  /** Adds a variable with a copy of `value`, which stays the caller's; gives its index. */
  add(value: Tensor): number;
  assign(index: number, value: Tensor): void;
  /** The variable's value, which may share its memory: the caller disposes it before the variable is next changed. */
  read(index: number): Tensor;
  dispose(): void;
}
