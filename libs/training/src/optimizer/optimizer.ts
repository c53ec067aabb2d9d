import type { Tensor } from '@tensorflow/tfjs-node-gpu';

/** Changes one replica's parameters by mean gradients. */
export interface Optimizer {
  /** Changes parameter number `parameter` and its velocity by `gradient`, which stays the caller's. */
  apply(parameter: number, gradient: Tensor, learningRate: number): void;
}
