import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { inGroups } from '../operations/groups.js';
import type { ConvolutionGeometry } from '../operations/operations.js';
import type { Initialiser, ParameterSpec } from '../parameters.js';
import { activate, activationGradient, type ActivationName } from './activation.js';
import type { LayerDescription } from './description.js';
import type { Activation, BackwardContext, ForwardContext, Layer, RowShape } from './layer.js';
import { forEachSegment } from './segments.js';
import { windowedSize } from './windowed-size.js';

export interface ConvolutionOptions {
  readonly name: string;
  readonly input: RowShape;
  readonly filters: number;
  readonly kernelSize: number;
  readonly geometry: ConvolutionGeometry;
  /** Towers that see only their own part of the channels (Krizhevsky 2012, section 3.5). */
  readonly groups?: number;
  readonly activation: ActivationName;
  readonly kernelInit: Initialiser;
  readonly biasInit: Initialiser;
}

/** Convolution, bias and activation. Parameters: kernel [h, w, in ⁄ groups, out], groups in order, and bias [out]. */
export class Convolution implements Layer {
  readonly name: string;
  readonly parameters: readonly ParameterSpec[];
  readonly outputShape: RowShape;
  readonly description: LayerDescription;
  readonly #geometry: ConvolutionGeometry;
  readonly #groups: number;
  readonly #activation: ActivationName;

  constructor(options: ConvolutionOptions) {
    const { name, input, filters, kernelSize, geometry, groups = 1 } = options;
    const [height, width, channels] = input as [number, number, number];
    this.name = name;
    this.#geometry = geometry;
    this.#groups = groups;
    this.#activation = options.activation;
    this.description = { kind: 'convolution', geometry, groups, activation: options.activation };
    this.outputShape = [
      windowedSize(height, kernelSize, geometry.strides[0], geometry.padding),
      windowedSize(width, kernelSize, geometry.strides[1], geometry.padding),
      filters,
    ];
    const kernelShape = [kernelSize, kernelSize, channels / groups, filters];
    this.parameters = [
      { name: `${name}/kernel`, shape: kernelShape, initialiser: options.kernelInit },
      { name: `${name}/bias`, shape: [filters], initialiser: options.biasInit },
    ];
  }

  forward(input: Tensor, { operations, weights }: ForwardContext): Activation {
    const [kernel, bias] = weights as [Tensor, Tensor];
    const biased = operations.conv2dWithBias(input, kernel, bias, this.#geometry);
    return { output: activate(operations, this.#activation, biased), saved: [] };
  }

  backward(dy: Tensor, context: BackwardContext): Tensor | undefined {
    const { operations, weights, placement, input, output, emit } = context;
    const dz = activationGradient(operations, this.#activation, dy, output);
    forEachSegment(operations, placement.segments, [dz], (segment, rows) => {
      emit(1, segment, operations.biasGradient(rows!));
    });
    const kernelShape = this.parameters[0]!.shape;
    const groupShape = [...kernelShape.slice(0, 3), kernelShape[3]! / this.#groups];
    forEachSegment(operations, placement.segments, [input, dz], (segment, ...rows) => {
      const gradient = inGroups(operations, this.#groups, rows, ([x, d]) =>
        operations.conv2dKernelGradient(x!, groupShape, d!, this.#geometry),
      );
      emit(0, segment, gradient);
    });
    let inputGradient: Tensor | undefined;
    if (context.needsInputGradient) {
      const groupInput = [...input.shape.slice(0, 3), input.shape[3]! / this.#groups];
      inputGradient = inGroups(operations, this.#groups, [weights[0]!, dz], ([kernel, d]) =>
        operations.conv2dInputGradient(groupInput, kernel!, d!, this.#geometry),
      );
    }
    if (dz !== dy) dz.dispose();
    return inputGradient;
  }
}
