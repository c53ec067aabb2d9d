import type { Encoding, FoldNode } from '@tandem/collective';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { FactorBuffer } from './factor-buffer.js';

/** Small numbers that travel with the gradients and are summed like them. */
export interface StepScalars {
  /** Share of the mean loss over the global batch. */
  readonly loss: number;
  /** How many ranks want to stop after this step. */
  readonly stopVotes: number;
  /** Top-1 errors of the evaluation before this step; 0 where there was none. Exact up to 2²⁴. */
  readonly evaluationErrors: number;
}

/**
 * Turns partial sums of gradients into the mean over the global batch. For each step: `begin`; one `contribute` for each
 * local partial of each parameter and one `contributeScalars` for each local partial, in any order; `complete`; then `mean`
 * for each parameter. Layers that `takesFactors` names contribute the factors of each local micro-batch instead; their
 * gradients are products over the global batch. All calls come from the training thread. A failed exchange throws a RunError from `complete`, before
 * anything can have been applied: the step is then as if it had not been.
 */
export interface GradientExchange {
  /** This rank's partial sums; none on a rank that has been dealt no micro-batches. */
  readonly partials: readonly FoldNode[];
  /** What one micro-batch's gradient is rounded to before it is folded. */
  readonly encoding: Encoding;
  begin(step: number): void;
  contributeScalars(partial: number, scalars: StepScalars): void;
  /** Takes ownership of `sum`, the sum over the partial's micro-batches of the weighted gradients. */
  contribute(parameter: number, partial: number, sum: Tensor): void;
  /** Of number `layer` of `Network.factorLayers`. */
  takesFactors(layer: number): boolean;
  /** The rows of one local micro-batch, none for an empty one: each once a step, [rows, inputs] and [rows, outputs]. */
  contributeFactors(layer: number, microBatch: number, input: Float32Array, outputGradient: Float32Array): void;
  /** One local partial of one of the network's reductions, each once a step. */
  contributeReduction(reduction: number, partial: number, sum: Float32Array): void;
  /** Blocks until the sum over the global batch is here; also after `complete`, until the next step begins. */
  reduced(reduction: number): Float32Array;
  /** Blocks until the factors of all ranks are here, and for a moment more if all else is too by then. */
  gatherFactors(): void;
  /** Makes gradients of factors where, and for as long as, others take their time to come. After `gatherFactors`. */
  multiplyFactors(): void;
  /** The factors of all ranks, by number in `Network.factorLayers`, of the layers that `takesFactors` names. After `gatherFactors`. */
  readonly factorBuffers: ReadonlyMap<number, FactorBuffer>;
  /** Blocks until every mean is here, and gives the scalars' sums. */
  complete(): StepScalars;
  /** The caller disposes it. Each parameter once, or `factorsOf` it. */
  mean(parameter: number): Tensor;
  /** What the parameter's mean is the product of; undefined where it is none, or is made already. After `complete`. */
  factorsOf(parameter: number): FactorBuffer | undefined;
  /** Bytes of gradients that this rank sent in this step. */
  readonly bytesSent: number;
  /** Drops what a step that was broken off has left here. */
  abandon(): void;
}
