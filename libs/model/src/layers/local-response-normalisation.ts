import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { LrnOptions } from '../operations/operations.js';
import type { LayerDescription } from './description.js';
import type { Activation, BackwardContext, ForwardContext, Layer, RowShape } from './layer.js';

/** Normalisation across neighbouring channels (Krizhevsky 2012, section 3.3). */
export class LocalResponseNormalisation implements Layer {
  readonly name: string;
  readonly parameters = [];
  readonly outputShape: RowShape;
  readonly description: LayerDescription;
  readonly #options: LrnOptions;

  constructor(name: string, input: RowShape, options: LrnOptions) {
    this.name = name;
    this.outputShape = input;
    this.#options = options;
    this.description = { kind: 'local-response-normalisation', options };
  }

  forward(input: Tensor, { operations }: ForwardContext): Activation {
    return { output: operations.lrn(input, this.#options), saved: [] };
  }

  backward(dy: Tensor, { operations, input, output }: BackwardContext): Tensor {
    return operations.lrnGradient(input, output, dy, this.#options);
  }
}
