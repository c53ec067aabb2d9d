import { invariant } from '@tandem/core';
import { type Encoding, type FoldNode, localPartials } from '@tandem/collective';
import type { Network, Operations } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { FactorBuffer } from './factor-buffer.js';
import { roundTensor } from './round-tensor.js';
import type { GradientExchange, StepScalars } from './gradient-exchange.js';

export interface LocalExchangeOptions {
  readonly operations: Operations;
  readonly network: Pick<Network, 'factorLayers' | 'gradientFromFactors'>;
  readonly globalBatch: number;
  readonly microBatches: number;
  /** Names of layers whose gradients are made of factors, as a larger world would. */
  readonly factors: readonly string[];
  /** What means are rounded to, as their owners would in a larger world. */
  readonly encoding: Encoding;
}

/** The exchange of a world of one: the sum over all micro-batches is the mean already, and never leaves TensorFlow. */
export class LocalExchange implements GradientExchange {
  readonly partials: readonly FoldNode[];
  readonly bytesSent = 0;
  readonly encoding: Encoding;
  readonly #operations: Operations;
  readonly #sums = new Map<number, Tensor>();
  readonly #reductions = new Map<number, Float32Array>();
  readonly factorBuffers = new Map<number, FactorBuffer>();
  readonly #factorsOf = new Map<number, FactorBuffer>();
  #scalars: StepScalars | undefined;

  constructor({ operations, network, globalBatch, microBatches, factors, encoding }: LocalExchangeOptions) {
    this.#operations = operations;
    this.encoding = encoding;
    this.partials = localPartials('canonical', microBatches, 1, 0);
    for (const [layer, { name, parameters }] of network.factorLayers.entries()) {
      if (!factors.includes(name)) continue;
      const buffer = new FactorBuffer({ network, layer, globalBatch, microBatches, encoding });
      this.factorBuffers.set(layer, buffer);
      for (const parameter of parameters) this.#factorsOf.set(parameter, buffer);
    }
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

  takesFactors(layer: number): boolean {
    return this.factorBuffers.has(layer);
  }

  contributeFactors(layer: number, microBatch: number, input: Float32Array, outputGradient: Float32Array): void {
    this.factorBuffers.get(layer)!.write(microBatch, input, outputGradient);
  }

  contributeReduction(reduction: number, _partial: number, sum: Float32Array): void {
    this.#reductions.set(reduction, sum);
  }

  reduced(reduction: number): Float32Array {
    const sum = this.#reductions.get(reduction);
    invariant(sum !== undefined, `reduction ${reduction} was asked for before it was contributed`);
    return sum;
  }

  gatherFactors(): void {
    // All of them were contributed here.
  }

  multiplyFactors(): void {
    // Nothing is on its way meanwhile: `mean` multiplies, and one product at a time is in memory.
  }

  complete(): StepScalars {
    invariant(this.#scalars !== undefined, 'a step was to be completed to which nothing was contributed');
    return this.#scalars;
  }

  mean(parameter: number): Tensor {
    const factors = this.#factorsOf.get(parameter);
    if (factors !== undefined) return factors.gradient(this.#operations, parameter);
    const sum = this.#sums.get(parameter);
    invariant(sum !== undefined, `the gradient of parameter ${parameter} was not contributed`);
    this.#sums.delete(parameter);
    return roundTensor(this.#operations, this.encoding, sum);
  }

  factorsOf(parameter: number): FactorBuffer | undefined {
    const factors = this.#factorsOf.get(parameter);
    return factors?.isProduct(parameter) === true ? factors : undefined;
  }

  abandon(): void {
    for (const sum of this.#sums.values()) sum.dispose();
    this.#sums.clear();
  }
}
