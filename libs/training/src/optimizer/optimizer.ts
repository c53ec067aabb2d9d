import type { Tensor } from '@tensorflow/tfjs-node-gpu';

/** Changes one replica's parameters by mean gradients. */
export interface Optimizer {
  /** Changes parameter number `parameter` and its velocity by `gradient`, which stays the caller's. */
  apply(parameter: number, gradient: Tensor, learningRate: number): void;
  /** `apply`, to the bit, with a gradient that is the product xᵀ·d of these factors, which stay the caller's. Undefined: it needs the product. */
  readonly applyFactors?:
    ((parameter: number, factors: readonly [x: Tensor, d: Tensor], learningRate: number) => void) | undefined;
}
