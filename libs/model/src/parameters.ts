import { RandomStream, StreamPurpose } from '@tandem/core';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Operations } from './operations/operations.js';

export type Initialiser =
  | { readonly kind: 'normal'; readonly deviation: number }
  | { readonly kind: 'uniform'; readonly limit: number }
  | { readonly kind: 'constant'; readonly value: number };

/** One array of a network. Names are `layer/kernel` and `layer/bias`; kernels are HWIO or [in, out]. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initialiser: Initialiser;
  /** State that the network keeps but that has no gradient, such as moving averages. */
  readonly untrained?: true;
}

export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The first values of parameter number `index`: a function of (seed, index, shape) alone. The caller disposes the tensor. */
export function initialValue(operations: Operations, spec: ParameterSpec, index: number, seed: number): Tensor {
  if (spec.initialiser.kind === 'constant') return operations.fill(spec.shape, spec.initialiser.value);
  const stream = new RandomStream(seed, StreamPurpose.initialWeights, index);
  const key = [stream.uint32() | 0, stream.uint32() | 0] as const;
  if (spec.initialiser.kind === 'uniform') return operations.uniform(spec.shape, spec.initialiser.limit, key);
  return operations.normal(spec.shape, spec.initialiser.deviation, key);
}
