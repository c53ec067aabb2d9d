import { RandomStream, StreamPurpose } from '@tandem/core';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Activation, FactorShape, Layer, Reduce, Reduction, RowPlacement, RowShape } from './layers/layer.js';
import { softmaxCrossEntropy } from './loss/softmax-cross-entropy.js';
import type { Operations, SeedPair } from './operations/operations.js';
import { elementsOf, type ParameterSpec } from './parameters.js';

/** The rows of one step that are computed here. */
export interface TrainingRows {
  /** [rows, h, w, c] float32. */
  readonly images: Tensor;
  /** [rows]. */
  readonly labels: Int32Array;
  readonly placement: RowPlacement;
  readonly seed: number;
  readonly step: number;
  /** Default: 0. */
  readonly labelSmoothing?: number;
}

/** A layer whose gradients can travel as factors. */
export interface FactorLayer extends FactorShape {
  readonly name: string;
  /** Its place in `Network.layers`. */
  readonly layer: number;
  /** Its parameters, as places in `Network.parameters`. */
  readonly parameters: readonly number[];
}

/** Receives gradients while the backward pass goes on. */
export interface GradientSink {
  /** The loss of each local row, known before the backward pass begins. */
  losses(perRow: Float32Array): void;
  /**
   * One micro-batch's share of a parameter's gradient of the *global* batch's mean loss; takes ownership of the tensor.
   * Parameters come last layer first and the last of a layer first, that is, in the reverse of `Network.parameters`
   * without the untrained ones; a parameter's micro-batches come in order. Empty micro-batches are left out.
   */
  gradient(parameter: number, segment: number, value: Tensor): void;
  /** Whether `factors` takes the place of `gradient` for the parameters of number `layer` of `Network.factorLayers`. */
  takesFactors(layer: number): boolean;
  /** Factors of all local rows: [rows, inputs] and [rows, outputs]. Both stay the caller's. */
  factors(layer: number, input: Tensor, outputGradient: Tensor): void;
  /** Adds up one of `Network.reductions` over the global batch; blocks until all ranks have given theirs. */
  readonly reduce: Reduce;
}

/** A feed-forward classifier: layers in order, softmax and cross-entropy on top. It holds no weights. */
export class Network {
  readonly layers: readonly Layer[];
  readonly inputShape: RowShape;
  /** All parameters, first layer first. */
  readonly parameters: readonly ParameterSpec[];
  readonly parameterCount: number;
  /** Sums over the global batch that layers take in the middle of a step. */
  readonly reductions: readonly Reduction[];
  /** In the order of their parameters. */
  readonly factorLayers: readonly FactorLayer[];
  readonly #firstReduction: readonly number[];
  readonly #firstParameter: readonly number[];

  constructor(inputShape: RowShape, layers: readonly Layer[]) {
    this.inputShape = inputShape;
    this.layers = layers;
    this.parameters = layers.flatMap((layer) => [...layer.parameters]);
    this.parameterCount = this.parameters.reduce((sum, { shape }) => sum + elementsOf(shape), 0);
    let next = 0;
    this.#firstParameter = layers.map((layer) => (next += layer.parameters.length) - layer.parameters.length);
    this.reductions = layers.flatMap((layer) => [...(layer.reductions ?? [])]);
    this.factorLayers = layers.flatMap(({ name, factors, parameters }, index) =>
      factors === undefined
        ? []
        : [
            {
              name,
              layer: index,
              ...factors,
              parameters: parameters.map((_, local) => this.#firstParameter[index]! + local),
            },
          ],
    );
    let taken = 0;
    this.#firstReduction = layers.map(({ reductions = [] }) => (taken += reductions.length) - reductions.length);
  }

  /** Logits [rows, classes] without dropout. The caller disposes them. */
  logits(operations: Operations, weights: readonly Tensor[], images: Tensor): Tensor {
    let current = images;
    for (const [index, layer] of this.layers.entries()) {
      const { output } = layer.forward(current, { operations, weights: this.#weightsOf(index, weights) });
      if (current !== images) current.dispose();
      current = output;
    }
    return current;
  }

  /**
   * Forward and backward over the local rows; every result goes to `sink`. Leaves no tensor behind, also where the sink throws
   * because other ranks' sums do not come.
   */
  gradients(operations: Operations, weights: readonly Tensor[], rows: TrainingRows, sink: GradientSink): void {
    const { placement } = rows;
    const activations: Activation[] = [];
    let dy: Tensor | undefined;
    try {
      for (const [index, layer] of this.layers.entries()) {
        const input = activations[index - 1]?.output ?? rows.images;
        const reduce = this.#reduceOf(index, sink);
        const training = { placement, reduce, seed: dropoutSeed(rows.seed, rows.step, index) };
        activations.push(layer.forward(input, { operations, weights: this.#weightsOf(index, weights), training }));
      }
      dy = this.#lossGradient(operations, activations.at(-1)!.output, rows, sink);
      for (let index = this.layers.length - 1; index >= 0; index--) {
        const { output, saved } = activations.at(-1)!;
        const first = this.#firstParameter[index]!;
        const dx = this.layers[index]!.backward(dy!, {
          operations,
          weights: this.#weightsOf(index, weights),
          placement,
          input: activations.at(-2)?.output ?? rows.images,
          output,
          saved,
          needsInputGradient: index > 0,
          reduce: this.#reduceOf(index, sink),
          emitFactors: this.#factorsOf(index, sink),
          emit: (parameter, segment, gradient) => {
            sink.gradient(first + parameter, segment, gradient);
          },
        });
        dy!.dispose();
        dy = dx;
        disposeAll(activations.pop()!);
      }
    } finally {
      dy?.dispose();
      activations.forEach(disposeAll);
    }
  }

  /** The gradient of one parameter of number `layer` of `factorLayers`, of rows whose factors these are. */
  gradientFromFactors(
    operations: Operations,
    { layer, parameter }: { readonly layer: number; readonly parameter: number },
    input: Tensor,
    outputGradient: Tensor,
  ): Tensor {
    const { layer: index, parameters } = this.factorLayers[layer]!;
    return this.layers[index]!.gradientFromFactors!(operations, parameters.indexOf(parameter), input, outputGradient);
  }

  /** The untrained parameters after a step, by number: what each layer's `nextState` says. */
  nextState(
    reduced: (reduction: number) => Float32Array,
    globalRows: number,
    state: (parameter: number) => Float32Array,
  ): ReadonlyMap<number, Float32Array> {
    const next = new Map<number, Float32Array>();
    for (const [index, layer] of this.layers.entries()) {
      const parameter = this.#firstParameter[index]!;
      const reduction = this.#firstReduction[index]!;
      const ofLayer = layer.nextState?.(
        (local) => reduced(reduction + local),
        globalRows,
        (local) => state(parameter + local),
      );
      for (const [local, values] of ofLayer ?? []) next.set(parameter + local, values);
    }
    return next;
  }

  #factorsOf(layer: number, sink: GradientSink): ((input: Tensor, outputGradient: Tensor) => void) | undefined {
    const number = this.factorLayers.findIndex((candidate) => candidate.layer === layer);
    if (number < 0 || !sink.takesFactors(number)) return undefined;
    return (input, outputGradient) => sink.factors(number, input, outputGradient);
  }

  #reduceOf(layer: number, sink: GradientSink): Reduce {
    return (reduction, perSegment) => sink.reduce(this.#firstReduction[layer]! + reduction, perSegment);
  }

  #weightsOf(layer: number, weights: readonly Tensor[]): readonly Tensor[] {
    const first = this.#firstParameter[layer]!;
    return weights.slice(first, first + this.layers[layer]!.parameters.length);
  }

  /** The gradient of the mean loss over the global batch with respect to the local rows' logits. */
  #lossGradient(operations: Operations, logits: Tensor, rows: TrainingRows, sink: GradientSink): Tensor {
    const weight = 1 / rows.placement.globalRows;
    const { losses, gradient } = softmaxCrossEntropy(operations.read(logits), rows.labels, weight, rows.labelSmoothing);
    sink.losses(losses);
    return operations.fromFloat32(gradient, logits.shape);
  }
}

function disposeAll({ output, saved }: Activation): void {
  for (const tensor of [output, ...saved]) tensor.dispose();
}

function dropoutSeed(seed: number, step: number, layer: number): SeedPair {
  const stream = new RandomStream(seed, StreamPurpose.dropout, step, layer);
  return [stream.uint32() | 0, stream.uint32() | 0];
}
