import { invariant, type Range } from '@tandem/core';
import type { Encoding, FoldNode } from '@tandem/collective';
import { elementsOf, type Network, type Operations } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { ExchangeLayout, FactorPlaces, Place } from './exchange-layout.js';
import { FactorBuffer } from './factor-buffer.js';
import type { GradientExchange, StepScalars } from './gradient-exchange.js';

/** What ranks of one speed on a fast network wait for each other: factors are multiplied ahead only where sums take longer. */
const SOON_MS = 40;

/** The buckets' side of an all-reduce that goes on in another thread. */
export interface BucketExchange {
  /** One for each local partial, over the whole flat gradient space; in shared memory. */
  readonly partials: readonly Float32Array[];
  readonly mean: Float32Array;
  /** The bucket's part of all partials is written. */
  contribute(step: number, bucket: number): void;
  /** Whether the bucket's mean is there; blocks for `ms` at most until it is. */
  isReducedWithin(ms: number, step: number, bucket: number): boolean;
  /** Blocks until the bucket's mean is there; throws a RunError when the exchange fails. */
  wait(step: number, bucket: number): void;
  bytesSent(step: number): number;
}

export interface SharedMemoryExchangeOptions {
  readonly operations: Operations;
  readonly network: Pick<Network, 'parameters' | 'factorLayers' | 'gradientFromFactors'>;
  readonly partials: readonly FoldNode[];
  readonly globalBatch: number;
  readonly microBatches: number;
  /** The micro-batches that this rank has been dealt. */
  readonly deal: Range;
  readonly encoding: Encoding;
  readonly layout: ExchangeLayout;
  readonly buckets: BucketExchange;
}

/** Hands gradients to the communication thread bucket by bucket, as the backward pass has them, and takes means back. */
export class SharedMemoryExchange implements GradientExchange {
  readonly partials: readonly FoldNode[];
  readonly encoding: Encoding;
  readonly #options: SharedMemoryExchangeOptions;
  readonly #missing: number[];
  readonly factorBuffers: ReadonlyMap<number, FactorBuffer>;
  /** Of each layer that is exchanged as factors, local micro-batches that are still to come. */
  readonly #missingFactors = new Map<number, number>();
  /** The factors of each parameter whose gradient is made of some: small products first, which wait for the large ones. */
  readonly #factorsOf: ReadonlyMap<number, FactorBuffer>;
  /** Products that are made, by parameter. */
  readonly #products = new Map<number, Tensor>();
  #step = 0;

  constructor(options: SharedMemoryExchangeOptions) {
    this.#options = options;
    this.partials = options.partials;
    this.encoding = options.encoding;
    this.#missing = [];
    invariant(
      options.buckets.partials.length === options.partials.length,
      `there are buffers for ${options.buckets.partials.length} partials of ${options.partials.length}`,
    );
    const { network, layout, globalBatch, microBatches, buckets, encoding } = options;
    const within = ({ offset, length }: Place) => buckets.mean.subarray(offset, offset + length);
    const bufferOf = (layer: number, { input, outputGradient }: FactorPlaces) =>
      new FactorBuffer({
        ...{ network, layer, globalBatch, microBatches, encoding },
        ...{ input: within(input), outputGradient: within(outputGradient) },
      });
    this.factorBuffers = new Map(Array.from(layout.factors, ([layer, places]) => [layer, bufferOf(layer, places)]));
    const sizeOf = (parameter: number) => elementsOf(network.parameters[parameter]!.shape);
    this.#factorsOf = new Map(
      Array.from(this.factorBuffers, ([layer, buffer]) =>
        network.factorLayers[layer]!.parameters.map((parameter) => [parameter, buffer] as const),
      )
        .flat()
        .sort(([one], [other]) => sizeOf(one) - sizeOf(other)),
    );
  }

  get bytesSent(): number {
    return this.#options.buckets.bytesSent(this.#step);
  }

  begin(step: number): void {
    const { layout, partials, buckets, deal } = this.#options;
    this.#step = step;
    for (const [bucket, { parts }] of layout.buckets.entries()) {
      this.#missing[bucket] = layout.tensorsIn[bucket]! * partials.length;
      // A rank without micro-batches has nothing to add or to show, but takes its part in the folding.
      const nothing = parts === undefined ? partials.length === 0 : deal.start === deal.end;
      if (nothing) buckets.contribute(step, bucket);
    }
    for (const layer of layout.factors.keys()) this.#missingFactors.set(layer, deal.end - deal.start);
  }

  contributeScalars(partial: number, { loss, stopVotes, evaluationErrors }: StepScalars): void {
    const values = Float32Array.of(loss, stopVotes, evaluationErrors);
    this.#write(partial, 0, values, this.#options.layout.scalars.bucket);
  }

  contribute(parameter: number, partial: number, sum: Tensor): void {
    const { offset, bucket } = this.#placeOf(parameter);
    const values = this.#options.operations.read(sum);
    sum.dispose();
    this.#write(partial, offset, values, bucket);
  }

  takesFactors(layer: number): boolean {
    return this.factorBuffers.has(layer);
  }

  contributeFactors(layer: number, microBatch: number, input: Float32Array, outputGradient: Float32Array): void {
    const { layout, buckets } = this.#options;
    this.factorBuffers.get(layer)!.write(microBatch, input, outputGradient);
    const missing = this.#missingFactors.get(layer)! - 1;
    this.#missingFactors.set(layer, missing);
    if (missing > 0) return;
    const places = layout.factors.get(layer)!;
    for (const { bucket } of [places.input, places.outputGradient]) buckets.contribute(this.#step, bucket);
  }

  contributeReduction(reduction: number, partial: number, sum: Float32Array): void {
    const { offset, bucket } = this.#options.layout.reductions[reduction]!;
    this.#write(partial, offset, sum, bucket);
  }

  reduced(reduction: number): Float32Array {
    const { layout, buckets } = this.#options;
    const { offset, length, bucket } = layout.reductions[reduction]!;
    this.#waitFor(bucket);
    return buckets.mean.slice(offset, offset + length);
  }

  gatherFactors(): void {
    for (const { input, outputGradient } of this.#options.layout.factors.values())
      for (const { bucket } of [input, outputGradient]) this.#waitFor(bucket);
    this.#isCompleteWithin(SOON_MS);
  }

  /**
   * While sums take their time to come; else products are made one by one as they are applied, which is cheaper and needs no
   * memory for all of them.
   */
  multiplyFactors(): void {
    for (const parameter of this.#factorsOf.keys()) {
      if (this.#isCompleteWithin(0)) return;
      this.#products.set(parameter, this.#multiply(parameter));
    }
  }

  complete(): StepScalars {
    const { layout, buckets } = this.#options;
    for (const bucket of layout.buckets.keys()) this.#waitFor(bucket);
    const [loss, stopVotes, evaluationErrors] = buckets.mean as unknown as [number, number, number];
    return { loss, stopVotes, evaluationErrors };
  }

  mean(parameter: number): Tensor {
    const { operations, network, buckets } = this.#options;
    if (this.#factorsOf.has(parameter)) {
      const product = this.#products.get(parameter) ?? this.#multiply(parameter);
      this.#products.delete(parameter);
      return product;
    }
    const { offset, length } = this.#placeOf(parameter);
    return operations.fromFloat32(buckets.mean.subarray(offset, offset + length), network.parameters[parameter]!.shape);
  }

  factorsOf(parameter: number): FactorBuffer | undefined {
    const factors = this.#factorsOf.get(parameter);
    return factors?.isProduct(parameter) === true && !this.#products.has(parameter) ? factors : undefined;
  }

  abandon(): void {
    this.#missing.fill(0);
    for (const product of this.#products.values()) product.dispose();
    this.#products.clear();
  }

  #multiply(parameter: number): Tensor {
    return this.#factorsOf.get(parameter)!.gradient(this.#options.operations, parameter);
  }

  #isCompleteWithin(ms: number): boolean {
    const { layout, buckets } = this.#options;
    const end = performance.now() + ms;
    return layout.buckets.every((_, bucket) =>
      buckets.isReducedWithin(Math.max(0, end - performance.now()), this.#step, bucket),
    );
  }

  #waitFor(bucket: number): void {
    this.#options.buckets.wait(this.#step, bucket);
  }

  #placeOf(parameter: number): Place {
    const place = this.#options.layout.parameters[parameter];
    invariant(place !== undefined, `parameter ${parameter} has no gradient to exchange`);
    return place;
  }

  #write(partial: number, offset: number, values: Float32Array, bucket: number): void {
    const { buckets } = this.#options;
    buckets.partials[partial]!.set(values, offset);
    this.#missing[bucket]!--;
    if (this.#missing[bucket] === 0) buckets.contribute(this.#step, bucket);
  }
}
