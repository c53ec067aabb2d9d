import type { RunConfig } from '@tandem/core';
import type { Engine, MomentumState, ParameterSpec } from '@tandem/model';
import { Lars } from './lars.js';
import { MomentumSgd } from './momentum-sgd.js';
import type { Optimizer } from './optimizer.js';

export interface OptimizedState extends MomentumState {
  readonly operations: Engine;
}

export function buildOptimizer(
  state: OptimizedState,
  parameters: readonly ParameterSpec[],
  { name, momentum, weightDecay, decayBias, trust }: RunConfig['optimizer'],
): Optimizer {
  const { operations, weights } = state;
  // Biases and batch normalisation's scales have one dimension.
  const isWeight = (parameter: number) => parameters[parameter]!.shape.length > 1;
  const decays = (parameter: number) => decayBias || isWeight(parameter);
  const sgd = new MomentumSgd(operations.momentum, state, { momentum, weightDecay, decays });
  switch (name) {
    case 'sgd':
      return sgd;
    case 'lars':
      return new Lars(sgd, operations, weights, { trust, weightDecay, scaled: isWeight });
  }
}
