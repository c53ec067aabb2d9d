import type { Operations, Variables } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Optimizer } from './optimizer.js';
import { squareSum } from './square-sum.js';

export interface LarsOptions {
  readonly trust: number;
  readonly weightDecay: number;
  /** Parameters that have a rate of their own; the others go by the global one. */
  readonly scaled: (parameter: number) => boolean;
}

/**
 * Layer-wise adaptive rate scaling, You, Gitman and Ginsburg (2017), algorithm 1: a parameter's rate is the global one times
 * λ = trust·‖w‖ ⁄ (‖g‖ + d·‖w‖). Where either norm is zero, λ is 1.
 */
export class Lars implements Optimizer {
  readonly #momentum: Optimizer;
  readonly #operations: Operations;
  readonly #weights: Variables;
  readonly #options: LarsOptions;

  /** @param momentum takes the steps, each at the parameter's own rate */
  constructor(momentum: Optimizer, operations: Operations, weights: Variables, options: LarsOptions) {
    this.#momentum = momentum;
    this.#operations = operations;
    this.#weights = weights;
    this.#options = options;
  }

  apply(parameter: number, gradient: Tensor, learningRate: number): void {
    const own = this.#options.scaled(parameter) ? this.#localRate(parameter, gradient) : 1;
    this.#momentum.apply(parameter, gradient, learningRate * own);
  }

  #localRate(parameter: number, gradient: Tensor): number {
    const { trust, weightDecay } = this.#options;
    const weight = this.#weights.read(parameter);
    const ofWeight = Math.sqrt(squareSum(this.#operations.read(weight)));
    weight.dispose();
    const ofGradient = Math.sqrt(squareSum(this.#operations.read(gradient)));
    if (ofWeight === 0 || ofGradient === 0) return 1;
    return (trust * ofWeight) / (ofGradient + weightDecay * ofWeight);
  }
}
