import { invariant } from '@tandem/core';
import { type FoldNode, localPartials } from '@tandem/collective';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { GradientExchange, StepScalars } from './gradient-exchange.js';

/** The exchange of a world of one: the sum over all micro-batches is the mean already, and never leaves TensorFlow. */
export class LocalExchange implements GradientExchange {
  readonly partials: readonly FoldNode[];
  readonly bytesSent = 0;
  readonly #sums = new Map<number, Tensor>();
  readonly #reductions = new Map<number, Float32Array>();
  #scalars: StepScalars | undefined;

  constructor(microBatches: number) {
    this.partials = localPartials('canonical', microBatches, 1, 0);
  }

  begin(): void {
    invariant(this.#sums.size === 0, `${this.#sums.size} gradients of the last step have not been used`);
  }

  contributeScalars(_partial: number, scalars: StepScalars): void {
    this.#scalars = scalars;
  }

  contribute(parameter: number, _partial: number, sum: Tensor): void {
    this.#sums.set(parameter, sum);
  }

  contributeReduction(reduction: number, _partial: number, sum: Float32Array): void {
    this.#reductions.set(reduction, sum);
  }

  reduced(reduction: number): Float32Array {
    const sum = this.#reductions.get(reduction);
    invariant(sum !== undefined, `reduction ${reduction} was asked for before it was contributed`);
    return sum;
  }

  complete(): StepScalars {
    invariant(this.#scalars !== undefined, 'a step was to be completed to which nothing was contributed');
    return this.#scalars;
  }

  mean(parameter: number): Tensor {
    const sum = this.#sums.get(parameter);
    invariant(sum !== undefined, `the gradient of parameter ${parameter} was not contributed`);
    this.#sums.delete(parameter);
    return sum;
  }

  abandon(): void {
    for (const sum of this.#sums.values()) sum.dispose();
    this.#sums.clear();
  }
}
