import type { Network, Operations } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { GradientExchange } from '../gradient-exchange.js';
import { areAllFinite, areSurelyFinite } from './all-finite.js';

/** The mean gradients of one completed step, looked at before any is applied. All ranks hold the same bits, so all judge alike. */
export class StepMeans {
  readonly #operations: Operations;
  readonly #network: Network;
  readonly #exchange: GradientExchange;
  /** Taken out of the exchange and not applied yet, by parameter. */
  readonly #held = new Map<number, Tensor>();

  constructor(operations: Operations, network: Network, exchange: GradientExchange) {
    this.#operations = operations;
    this.#network = network;
    this.#exchange = exchange;
  }

  /** Names of parameters whose mean is not finite. */
  notFinite(): string[] {
    const { factorBuffers } = this.#exchange;
    const made = new Set([...factorBuffers.keys()].flatMap((layer) => this.#network.factorLayers[layer]!.parameters));
    for (const parameter of this.#trained()) if (!made.has(parameter)) this.#hold(parameter);
    const factors = [...factorBuffers.values()].map((buffer) => buffer.matrices(this.#operations));
    const surely = areSurelyFinite(this.#operations, [...this.#held.values()], factors);
    for (const tensor of factors.flat()) tensor.dispose();
    if (surely) return [];
    return this.#trained()
      .filter((parameter) => !areAllFinite(this.#operations.read(this.#hold(parameter))))
      .map((parameter) => this.#network.parameters[parameter]!.name);
  }

  /** The caller disposes it. Each parameter once. */
  take(parameter: number): Tensor {
    const mean = this.#held.get(parameter) ?? this.#exchange.mean(parameter);
    this.#held.delete(parameter);
    return mean;
  }

  /** The factors that the parameter's mean is the product of, in place of `take`; undefined where it is none, or is made already. */
  takeFactors(parameter: number): readonly [Tensor, Tensor] | undefined {
    return this.#held.has(parameter) ? undefined : this.#exchange.factorsOf(parameter)?.matrices(this.#operations);
  }

  /** The step is not applied. */
  drop(): void {
    for (const mean of this.#held.values()) mean.dispose();
    this.#held.clear();
    this.#exchange.abandon();
  }

  #hold(parameter: number): Tensor {
    const mean = this.#held.get(parameter) ?? this.#exchange.mean(parameter);
    this.#held.set(parameter, mean);
    return mean;
  }

  #trained(): number[] {
    const { parameters } = this.#network;
    return [...parameters.keys()].filter((index) => parameters[index]!.untrained !== true);
  }
}
