import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Operations } from '../operations/operations.js';
import type { ParameterSpec } from '../parameters.js';
import type { LayerDescription } from './description.js';
import type { Activation, BackwardContext, ForwardContext, Layer, Reduction, RowShape } from './layer.js';
import { forEachSegment } from './segments.js';

const GAMMA = 0;
const BETA = 1;
const MOVING_MEAN = 2;
const MOVING_VARIANCE = 3;

const STATISTICS = 0;
const GRADIENTS = 1;

export interface BatchNormalisationOptions {
  /** How much of a moving average a step keeps. */
  readonly momentum: number;
  readonly epsilon: number;
}

/**
 * Batch normalisation (Ioffe and Szegedy 2015) over the *global* batch: y = γ·(x − μ) ⁄ √(σ² + ε) + β for each channel, μ and
 * σ² over all rows and places of all ranks. In a step every rank waits twice for the others: for the sums of x and x² on the
 * way forward, and for those of dy and dy·x̂ on the way back. Outside training the moving averages stand in. Parameters as
 * Keras has them: gamma, beta, moving_mean, moving_variance (of the population, not corrected for its size).
 */
export class BatchNormalisation implements Layer {
  readonly name: string;
  readonly parameters: readonly ParameterSpec[];
  readonly reductions: readonly Reduction[];
  readonly outputShape: RowShape;
  readonly description: LayerDescription;
  readonly #options: BatchNormalisationOptions;
  readonly #channels: number;
  /** Values of a channel in one row. */
  readonly #places: number;

  constructor(name: string, input: RowShape, options: BatchNormalisationOptions) {
    this.name = name;
    this.outputShape = input;
    this.#options = options;
    this.description = { kind: 'batch-normalisation', epsilon: options.epsilon };
    const channels = input.at(-1)!;
    this.#channels = channels;
    this.#places = input.slice(0, -1).reduce((product, size) => product * size, 1);
    const shape = [channels];
    this.parameters = [
      { name: `${name}/gamma`, shape, initialiser: { kind: 'constant', value: 1 } },
      { name: `${name}/beta`, shape, initialiser: { kind: 'constant', value: 0 } },
      { name: `${name}/moving_mean`, shape, initialiser: { kind: 'constant', value: 0 }, untrained: true },
      { name: `${name}/moving_variance`, shape, initialiser: { kind: 'constant', value: 1 }, untrained: true },
    ];
    this.reductions = [
      { name: `${name}/statistics`, length: 2 * channels },
      { name: `${name}/gradients`, length: 2 * channels },
    ];
  }

  forward(input: Tensor, { operations, weights, training }: ForwardContext): Activation {
    const state = (parameter: number) => operations.read(weights[parameter]!);
    const gamma = state(GAMMA);
    const beta = state(BETA);
    if (training === undefined) {
      const inverse = this.#inverse(state(MOVING_VARIANCE));
      return { output: this.#normalise(operations, input, state(MOVING_MEAN), inverse, gamma, beta), saved: [] };
    }
    const { placement, reduce } = training;
    const sums = reduce(STATISTICS, this.#sums(operations, placement.segments, input, input));
    const { mean, variance } = this.#moments(sums, placement.globalRows);
    const inverse = this.#inverse(variance);
    const output = this.#normalise(operations, input, mean, inverse, gamma, beta);
    return { output, saved: [mean, inverse].map((values) => operations.fromFloat32(values, [this.#channels])) };
  }

  /** dx = γ ⁄ √(σ² + ε) · (dy − Σdy ⁄ N − x̂·Σ(dy·x̂) ⁄ N), sums over the global batch's N values of a channel. */
  backward(dy: Tensor, context: BackwardContext): Tensor {
    const { operations, weights, placement, input, saved, reduce } = context;
    const [mean, inverse] = saved.map((tensor) => operations.read(tensor)) as [Float32Array, Float32Array];
    const normalised = this.#affine(
      operations,
      input,
      inverse,
      this.#perChannel((at) => -mean[at]! * inverse[at]!),
    );
    const sums = this.#sums(operations, placement.segments, dy, normalised);
    this.#emitGradients(sums, context);
    let total: Float32Array;
    try {
      total = reduce(GRADIENTS, sums);
    } catch (error) {
      normalised.dispose();
      throw error;
    }
    const gamma = operations.read(weights[GAMMA]!);
    const count = placement.globalRows * this.#places;
    const slope = this.#perChannel((at) => inverse[at]! * gamma[at]!);
    const centre = this.#perChannel((at) => -(slope[at]! * total[at]!) / count);
    const pull = this.#perChannel((at) => -(slope[at]! * total[this.#channels + at]!) / count);
    const pulled = this.#affine(operations, normalised, pull, centre);
    const scaled = this.#affine(operations, dy, slope);
    const dx = operations.add(scaled, pulled);
    for (const tensor of [normalised, pulled, scaled]) tensor.dispose();
    return dx;
  }

  nextState(
    reduced: (reduction: number) => Float32Array,
    globalRows: number,
    state: (parameter: number) => Float32Array,
  ): ReadonlyMap<number, Float32Array> {
    const { mean, variance } = this.#moments(reduced(STATISTICS), globalRows);
    const { momentum } = this.#options;
    const mix = (kept: Float32Array, now: Float32Array) =>
      kept.map((value, at) => value * momentum + now[at]! * (1 - momentum));
    return new Map([
      [MOVING_MEAN, mix(state(MOVING_MEAN), mean)],
      [MOVING_VARIANCE, mix(state(MOVING_VARIANCE), variance)],
    ]);
  }

  /** dβ = Σdy and dγ = Σ(dy·x̂), which the reduction has for each micro-batch already. */
  #emitGradients(sums: readonly (Float32Array | undefined)[], { operations, emit }: BackwardContext): void {
    const parts: [parameter: number, from: number][] = [
      [BETA, 0],
      [GAMMA, this.#channels],
    ];
    for (const [parameter, from] of parts)
      for (const [segment, values] of sums.entries()) {
        if (values === undefined) continue;
        const gradient = values.slice(from, from + this.#channels);
        emit(parameter, segment, operations.fromFloat32(gradient, [this.#channels]));
      }
  }

  /** Σx and Σx·y for each channel, one after the other, of each micro-batch. */
  #sums(operations: Operations, segments: readonly number[], x: Tensor, y: Tensor): (Float32Array | undefined)[] {
    const sums: (Float32Array | undefined)[] = segments.map(() => undefined);
    forEachSegment(operations, segments, [x, y], (segment, xs, ys) => {
      const plain = operations.sumOverRows(xs!);
      const product = operations.sumOverRows(xs!, ys!);
      const both = new Float32Array(2 * this.#channels);
      both.set(operations.read(plain));
      both.set(operations.read(product), this.#channels);
      for (const tensor of [plain, product]) tensor.dispose();
      sums[segment] = both;
    });
    return sums;
  }

  #moments(sums: Float32Array, globalRows: number): { mean: Float32Array; variance: Float32Array } {
    const count = globalRows * this.#places;
    const average = (at: number) => sums[at]! / count;
    return {
      mean: this.#perChannel(average),
      variance: this.#perChannel((at) => Math.max(0, average(this.#channels + at) - average(at) ** 2)),
    };
  }

  #inverse(variance: Float32Array): Float32Array {
    return variance.map((value) => 1 / Math.sqrt(value + this.#options.epsilon));
  }

  #normalise(
    operations: Operations,
    x: Tensor,
    mean: Float32Array,
    inverse: Float32Array,
    gamma: Float32Array,
    beta: Float32Array,
  ): Tensor {
    const slope = this.#perChannel((at) => inverse[at]! * gamma[at]!);
    const offset = this.#perChannel((at) => beta[at]! - mean[at]! * slope[at]!);
    return this.#affine(operations, x, slope, offset);
  }

  /** x·slope + offset for each channel. */
  #affine(operations: Operations, x: Tensor, slope: Float32Array, offset?: Float32Array): Tensor {
    const slopes = operations.fromFloat32(slope, [this.#channels]);
    const product = operations.multiply(x, slopes);
    slopes.dispose();
    if (offset === undefined) return product;
    const offsets = operations.fromFloat32(offset, [this.#channels]);
    const sum = operations.add(product, offsets);
    for (const tensor of [product, offsets]) tensor.dispose();
    return sum;
  }

  #perChannel(of: (channel: number) => number): Float32Array {
    return Float32Array.from({ length: this.#channels }, (_, channel) => of(channel));
  }
}
