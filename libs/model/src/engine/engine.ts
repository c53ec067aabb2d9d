import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Operations } from '../operations/operations.js';
import type { Variables } from './variables.js';

/** What can compute: the native TensorFlow, or TensorFlow.js on WebAssembly. */
export const ENGINES = ['native', 'wasm'] as const;
export type EngineName = (typeof ENGINES)[number];

/** `decay` has the rate in it. */
export interface MomentumSettings {
  readonly rate: number;
  readonly momentum: number;
  readonly decay: number;
}

export interface MomentumState {
  readonly weights: Variables;
  readonly velocities: Variables;
}

/** The update v ← momentum·v − decay·w − rate·g, w ← w + v of one parameter. Tensors stay the caller's. */
export interface MomentumUpdate {
  apply(state: MomentumState, parameter: number, gradient: Tensor, settings: MomentumSettings): void;
  /** `apply`, to the bit, with the gradient xᵀ·d, which does not have to be in memory. Undefined: the engine needs the product. */
  applyFactors?(
    state: MomentumState,
    parameter: number,
    factors: readonly [x: Tensor, d: Tensor],
    settings: MomentumSettings,
  ): void;
}

/** Everything that depends on what computes: operations, values that are changed in place, and the optimizer's update. */
export interface Engine extends Operations {
  readonly engine: EngineName;
  /** Of what computes: bits are the same for the same version only. */
  readonly version: string;
  readonly momentum: MomentumUpdate;
  createVariables(): Variables;
}
