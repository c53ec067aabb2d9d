import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { elementsOf } from '../parameters.js';
import type { LayerDescription } from './description.js';
import type { Activation, BackwardContext, ForwardContext, Layer, RowShape } from './layer.js';

/** [rows, h, w, c] to [rows, h·w·c], in the order H, W, C. */
export class Flatten implements Layer {
  readonly name = 'flatten';
  readonly parameters = [];
  readonly outputShape: RowShape;
  readonly description: LayerDescription = { kind: 'flatten' };

  constructor(input: RowShape) {
    this.outputShape = [elementsOf(input)];
  }

  forward(input: Tensor, { operations }: ForwardContext): Activation {
    return { output: operations.reshape(input, [input.shape[0]!, ...this.outputShape]), saved: [] };
  }

  backward(dy: Tensor, { operations, input }: BackwardContext): Tensor {
    return operations.reshape(dy, input.shape);
  }
}
