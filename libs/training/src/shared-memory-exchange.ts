import { invariant } from '@tandem/core';
import type { FoldNode } from '@tandem/collective';
import type { Operations, ParameterSpec } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { ExchangeLayout, Place } from './exchange-layout.js';
import type { GradientExchange, StepScalars } from './gradient-exchange.js';

/** The buckets' side of an all-reduce that goes on in another thread. */
export interface BucketExchange {
  /** One for each local partial, over the whole flat gradient space; in shared memory. */
  readonly partials: readonly Float32Array[];
  readonly mean: Float32Array;
  /** The bucket's part of all partials is written. */
  contribute(step: number, bucket: number): void;
  isReduced(step: number, bucket: number): boolean;
  /** Blocks until the bucket's mean is there; throws a RunError when the exchange fails. */
  wait(step: number, bucket: number): void;
  bytesSent(step: number): number;
}

export interface SharedMemoryExchangeOptions {
  readonly operations: Operations;
  readonly parameters: readonly ParameterSpec[];
  readonly partials: readonly FoldNode[];
  readonly layout: ExchangeLayout;
  readonly buckets: BucketExchange;
}

/** Hands gradients to the communication thread bucket by bucket, as the backward pass has them, and takes means back. */
export class SharedMemoryExchange implements GradientExchange {
  readonly partials: readonly FoldNode[];
  readonly #options: SharedMemoryExchangeOptions;
  readonly #missing: number[];
  #step = 0;

  constructor(options: SharedMemoryExchangeOptions) {
    this.#options = options;
    this.partials = options.partials;
    this.#missing = [];
    invariant(
      options.buckets.partials.length === options.partials.length,
      `there are buffers for ${options.buckets.partials.length} partials of ${options.partials.length}`,
    );
  }

  get bytesSent(): number {
    return this.#options.buckets.bytesSent(this.#step);
  }

  begin(step: number): void {
    const { layout, partials, buckets } = this.#options;
    this.#step = step;
    for (const [bucket, tensors] of layout.tensorsIn.entries()) {
      this.#missing[bucket] = tensors * partials.length;
      // A rank without micro-batches has nothing to add, but takes its part in the folding.
      if (partials.length === 0) buckets.contribute(step, bucket);
    }
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

  contributeReduction(reduction: number, partial: number, sum: Float32Array): void {
    const { offset, bucket } = this.#options.layout.reductions[reduction]!;
    this.#write(partial, offset, sum, bucket);
  }

  reduced(reduction: number): Float32Array {
    const { layout, buckets } = this.#options;
    const { offset, length, bucket } = layout.reductions[reduction]!;
    if (!buckets.isReduced(this.#step, bucket)) buckets.wait(this.#step, bucket);
    return buckets.mean.slice(offset, offset + length);
  }

  complete(): StepScalars {
    const { layout, buckets } = this.#options;
    for (const bucket of layout.buckets.keys())
      if (!buckets.isReduced(this.#step, bucket)) buckets.wait(this.#step, bucket);
    const [loss, stopVotes, evaluationErrors] = buckets.mean as unknown as [number, number, number];
    return { loss, stopVotes, evaluationErrors };
  }

  mean(parameter: number): Tensor {
    const { operations, parameters, buckets } = this.#options;
    const { offset, length } = this.#placeOf(parameter);
    return operations.fromFloat32(buckets.mean.subarray(offset, offset + length), parameters[parameter]!.shape);
  }

  abandon(): void {
    this.#missing.fill(0);
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
