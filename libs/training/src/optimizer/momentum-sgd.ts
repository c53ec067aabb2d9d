import type { MomentumSettings, MomentumState, MomentumUpdate } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Optimizer } from './optimizer.js';

export interface MomentumSgdOptions {
  readonly momentum: number;
  readonly weightDecay: number;
  /** Whether a parameter decays. */
  readonly decays: (parameter: number) => boolean;
}

/**
 * The update of Krizhevsky, Sutskever and Hinton (2012), section 5, with the rate ε inside the velocity:
 *
 *     v ← m·v − d·ε·w − ε·g
 *     w ← w + v
 */
export class MomentumSgd implements Optimizer {
  readonly #update: MomentumUpdate;
  readonly #state: MomentumState;
  readonly #options: MomentumSgdOptions;
  readonly applyFactors: Optimizer['applyFactors'];

  constructor(update: MomentumUpdate, state: MomentumState, options: MomentumSgdOptions) {
    this.#update = update;
    this.#state = state;
    this.#options = options;
    if (update.applyFactors !== undefined)
      this.applyFactors = (parameter, factors, learningRate) =>
        update.applyFactors!(this.#state, parameter, factors, this.#settings(parameter, learningRate));
  }

  apply(parameter: number, gradient: Tensor, learningRate: number): void {
    this.#update.apply(this.#state, parameter, gradient, this.#settings(parameter, learningRate));
  }

  #settings(parameter: number, rate: number): MomentumSettings {
    const { momentum, weightDecay, decays } = this.#options;
    return { rate, momentum, decay: decays(parameter) ? weightDecay * rate : 0 };
  }
}
