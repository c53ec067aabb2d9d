import { addFloat32 } from '@tandem/collective';
import type { GradientSink, Network, Operations, RowPlacement } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { GradientExchange } from './gradient-exchange.js';
import { roundTensor } from './round-tensor.js';
import { StreamingFold } from './streaming-fold.js';

export interface GradientCollectorOptions {
  readonly operations: Operations;
  readonly network: Pick<Network, 'parameters' | 'reductions' | 'factorLayers'>;
  readonly exchange: GradientExchange;
  /** The rank's first micro-batch. */
  readonly firstMicroBatch: number;
  readonly placement: RowPlacement;
  /** Whether this rank votes for stopping after this step. */
  readonly stopVote: boolean;
  /** This rank's top-1 errors in the evaluation before this step. */
  readonly evaluationErrors: number;
}

interface OpenFold {
  readonly fold: StreamingFold<Tensor>;
  /** Micro-batches that have been folded. */
  folded: number;
}

/**
 * Folds one step's micro-batch gradients into this rank's partial sums, in the canonical order, and gives each to the exchange
 * the moment it is complete. The backward pass may come in several rounds of whole micro-batches, each a sink of its own:
 * the folds of all parameters are then open side by side. An empty micro-batch counts as zeros, so that the order of addition never changes.
 */
export class GradientCollector implements GradientSink {
  readonly #options: GradientCollectorOptions;
  /** Of parameters of which some micro-batches have come, but not all. */
  readonly #open = new Map<number, OpenFold>();
  readonly #losses: number[] = [];
  /** Of each layer that gives factors, local micro-batches that have been handed on. */
  readonly #factored = new Map<number, number>();

  constructor(options: GradientCollectorOptions) {
    this.#options = options;
  }

  /** Takes the gradients of the local micro-batches from `firstSegment` on. Rounds come in order. */
  round(firstSegment: number): GradientSink {
    return {
      losses: (perRow) => {
        this.losses(perRow);
      },
      gradient: (parameter, segment, value) => {
        this.gradient(parameter, firstSegment + segment, value);
      },
      takesFactors: (layer) => this.takesFactors(layer),
      factors: (layer, input, outputGradient) => {
        this.factors(layer, input, outputGradient);
      },
      reduce: (reduction, perSegment) => this.reduce(reduction, perSegment),
    };
  }

  /** Of the next rows; with those of the last local row, all leave for the exchange. */
  losses(perRow: Float32Array): void {
    const { segments } = this.#options.placement;
    this.#losses.push(...perRow);
    if (this.#losses.length === segments.reduce((sum, size) => sum + size, 0)) this.#contributeLosses(this.#losses);
  }

  #contributeLosses(perRow: readonly number[]): void {
    const { placement, exchange, firstMicroBatch, stopVote, evaluationErrors } = this.#options;
    let row = 0;
    const shares = placement.segments.map((size) => {
      let sum = 0;
      for (const end = row + size; row < end; row++) sum += perRow[row]!;
      return Math.fround(sum / placement.globalRows);
    });
    for (const [partial, node] of exchange.partials.entries()) {
      const fold = new StreamingFold<number>((left, right) => Math.fround(left + right));
      for (let leaf = node.start; leaf < node.end; leaf++) fold.push(shares[leaf - firstMicroBatch]!);
      const loss = node.end > node.start ? fold.finish() : 0;
      exchange.contributeScalars(partial, {
        loss,
        stopVotes: partial === 0 && stopVote ? 1 : 0,
        evaluationErrors: partial === 0 ? evaluationErrors : 0,
      });
    }
  }

  reduce(reduction: number, perSegment: readonly (Float32Array | undefined)[]): Float32Array {
    const { exchange, firstMicroBatch, network } = this.#options;
    const { length } = network.reductions[reduction]!;
    for (const [partial, node] of exchange.partials.entries()) {
      const fold = new StreamingFold<Float32Array>((left, right) => {
        const sum = new Float32Array(length);
        addFloat32(sum, left, right);
        return sum;
      });
      for (let leaf = node.start; leaf < node.end; leaf++)
        fold.push(perSegment[leaf - firstMicroBatch] ?? new Float32Array(length));
      exchange.contributeReduction(
        reduction,
        partial,
        node.end > node.start ? fold.finish() : new Float32Array(length),
      );
    }
    return exchange.reduced(reduction);
  }

  gradient(parameter: number, segment: number, value: Tensor): void {
    while (this.#folded(parameter) < segment) this.#push(parameter, this.#zeros(parameter));
    this.#push(parameter, value);
    const rest = this.#options.placement.segments.slice(segment + 1);
    if (rest.every((size) => size === 0)) this.#fillUp(parameter);
  }

  takesFactors(layer: number): boolean {
    return this.#options.exchange.takesFactors(layer);
  }

  /** Of the next rows; empty micro-batches after the last local row are handed on with it. */
  factors(layer: number, input: Tensor, outputGradient: Tensor): void {
    const { operations } = this.#options;
    this.#contributeFactors(layer, operations.read(input), operations.read(outputGradient));
  }

  #contributeFactors(layer: number, input: Float32Array, outputGradient: Float32Array): void {
    const { exchange, placement, firstMicroBatch, network } = this.#options;
    const { inputs, outputs } = network.factorLayers[layer]!;
    const { segments } = placement;
    const rows = input.length / inputs;
    let segment = this.#factored.get(layer) ?? 0;
    for (let row = 0; segment < segments.length && row + segments[segment]! <= rows; segment++) {
      const end = row + segments[segment]!;
      exchange.contributeFactors(
        layer,
        firstMicroBatch + segment,
        input.subarray(row * inputs, end * inputs),
        outputGradient.subarray(row * outputs, end * outputs),
      );
      row = end;
    }
    this.#factored.set(layer, segment);
  }

  /** Stands in for the backward pass where this rank has no rows in the step. */
  nothingToAdd(): void {
    const { exchange, placement, network } = this.#options;
    this.losses(new Float32Array(0));
    for (const [reduction, { length }] of network.reductions.entries())
      for (const partial of exchange.partials.keys())
        exchange.contributeReduction(reduction, partial, new Float32Array(length));
    const asFactors = [...network.factorLayers.keys()].filter((layer) => this.takesFactors(layer));
    const nothing = new Float32Array(0);
    for (const layer of asFactors) this.#contributeFactors(layer, nothing, nothing);
    const made = new Set(asFactors.flatMap((layer) => [...network.factorLayers[layer]!.parameters]));
    for (let parameter = network.parameters.length - 1; parameter >= 0; parameter--) {
      if (network.parameters[parameter]!.untrained === true || made.has(parameter)) continue;
      if (placement.segments.length > 0) this.#fillUp(parameter);
      else
        for (const partial of exchange.partials.keys()) exchange.contribute(parameter, partial, this.#zeros(parameter));
    }
  }

  /** Releases what a backward pass that was broken off has left here. */
  abandon(): void {
    for (const { fold } of this.#open.values()) for (const tensor of fold.drain()) tensor.dispose();
    this.#open.clear();
  }

  /** Ends a parameter: what is left of its micro-batches is empty. */
  #fillUp(parameter: number): void {
    const { length } = this.#options.placement.segments;
    while (this.#folded(parameter) < length) this.#push(parameter, this.#zeros(parameter));
    this.#open.delete(parameter);
  }

  #folded(parameter: number): number {
    return this.#open.get(parameter)?.folded ?? 0;
  }

  #zeros(parameter: number): Tensor {
    return this.#options.operations.fill(this.#options.network.parameters[parameter]!.shape, 0);
  }

  #push(parameter: number, leaf: Tensor): void {
    const { exchange, firstMicroBatch, operations } = this.#options;
    const open = this.#open.get(parameter) ?? { fold: tensorFold(operations), folded: 0 };
    this.#open.set(parameter, open);
    open.fold.push(roundTensor(operations, exchange.encoding, leaf));
    open.folded++;
    const end = firstMicroBatch + open.folded;
    const partial = exchange.partials.findIndex((node) => node.end === end && node.start < end);
    if (partial >= 0) exchange.contribute(parameter, partial, open.fold.finish());
  }
}

function tensorFold(operations: Operations): StreamingFold<Tensor> {
  return new StreamingFold((left, right) => {
    const sum = operations.add(left, right);
    left.dispose();
    right.dispose();
    return sum;
  });
}
