import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Operations, SeedPair } from '../operations/operations.js';
import type { ParameterSpec } from '../parameters.js';
import type { LayerDescription } from './description.js';

/** Height, width and channels, or features: a shape without its rows. */
export type RowShape = readonly number[];

/** A sum over all rows of the global batch that a layer needs in the middle of a step. */
export interface Reduction {
  readonly name: string;
  /** Numbers in it. */
  readonly length: number;
}

/**
 * Adds up one of the layer's reductions over all micro-batches of the global batch, in the canonical order: takes the sums over
 * each local micro-batch (undefined for an empty one) and waits for those of the other ranks.
 */
export type Reduce = (reduction: number, perSegment: readonly (Float32Array | undefined)[]) => Float32Array;

/**
 * The two matrices that all of a layer's gradients can be made of, a row a sample: its input [rows, inputs] and the gradient
 * before its activation [rows, outputs]. Where rows are few they are smaller than the gradients (sufficient factors: Xie et al.
 * 2016, arXiv 1511.08486).
 */
export interface FactorShape {
  readonly inputs: number;
  readonly outputs: number;
}

/** The rows of the global batch that are computed here. */
export interface RowPlacement {
  /** Place of the first local row in the global batch. */
  readonly firstRow: number;
  /** Rows of the global batch. */
  readonly globalRows: number;
  /** Sizes of the local micro-batches, in order; they add up to the local rows. */
  readonly segments: readonly number[];
}

export interface ForwardContext {
  readonly operations: Operations;
  /** The layer's parameters, in the order of `Layer.parameters`. */
  readonly weights: readonly Tensor[];
  /** Absent outside training: no dropout, nothing saved. */
  readonly training?: {
    readonly placement: RowPlacement;
    /** The key of random draws for this layer in this step. */
    readonly seed: SeedPair;
    readonly reduce: Reduce;
  };
}

export interface Activation {
  readonly output: Tensor;
  /** What `backward` needs beside input and output. The network disposes it after `backward`. */
  readonly saved: readonly Tensor[];
}

export interface BackwardContext {
  readonly operations: Operations;
  readonly weights: readonly Tensor[];
  readonly placement: RowPlacement;
  readonly input: Tensor;
  readonly output: Tensor;
  readonly saved: readonly Tensor[];
  /** False for the first layer, whose input gradient nobody needs. */
  readonly needsInputGradient: boolean;
  readonly reduce: Reduce;
  /**
   * Takes one micro-batch's gradient of the layer's parameter number `parameter`, and disposes it. Called in the order of
   * the micro-batches for each parameter, last parameter first, and not for empty micro-batches.
   */
  readonly emit: (parameter: number, segment: number, gradient: Tensor) => void;
  /** Where it is there, the layer gives its factors for all local rows, once, and no gradients. Both stay the caller's. */
  readonly emitFactors?: ((input: Tensor, outputGradient: Tensor) => void) | undefined;
}

/**
 * One layer with its gradient written out. Inputs and outputs belong to the network, which disposes them; a layer
 * disposes what it makes on the way. Local rows go through `forward` and the input gradient in one piece; only sums over
 * rows, which are the parameters' gradients, are taken one micro-batch at a time, so that they have the same bits on
 * whichever rank a micro-batch is computed.
 */
export interface Layer {
  readonly name: string;
  readonly parameters: readonly ParameterSpec[];
  /** In the order in which a step takes them. */
  readonly reductions?: readonly Reduction[];
  readonly outputShape: RowShape;
  /** Of a layer that can give factors in place of gradients. */
  readonly factors?: FactorShape;
  readonly description: LayerDescription;
  forward(input: Tensor, context: ForwardContext): Activation;
  /** The gradient with respect to the input (of the input's shape), or undefined where it is not needed. `dy` stays the caller's. */
  backward(dy: Tensor, context: BackwardContext): Tensor | undefined;
  /** The gradient of parameter number `parameter`, of rows whose factors these are. The caller disposes it. */
  gradientFromFactors?(operations: Operations, parameter: number, input: Tensor, outputGradient: Tensor): Tensor;
  /**
   * The untrained parameters after a step, by their place among the layer's: a function of the reductions of that step, which
   * every rank has, also one without rows.
   *
   * @param state the layer's parameters before the step
   */
  nextState?(
    reduced: (reduction: number) => Float32Array,
    globalRows: number,
    state: (parameter: number) => Float32Array,
  ): ReadonlyMap<number, Float32Array>;
}
