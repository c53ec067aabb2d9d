import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { LayerDescription } from './description.js';
import type { Activation, BackwardContext, ForwardContext, Layer, RowShape } from './layer.js';

/**
 * Inverted dropout: in training an activation is 0 with probability `rate`, else divided by 1 − rate. The mask is drawn
 * for the whole global batch from (seed, step, layer), and a rank takes its own rows of it.
 */
export class Dropout implements Layer {
  readonly name: string;
  readonly parameters = [];
  readonly outputShape: RowShape;
  /** Outside training nothing is dropped. */
  readonly description: LayerDescription = { kind: 'identity' };
  readonly #rate: number;

  constructor(name: string, input: RowShape, rate: number) {
    this.name = name;
    this.outputShape = input;
    this.#rate = rate;
  }

  forward(input: Tensor, { operations, training }: ForwardContext): Activation {
    if (training === undefined || this.#rate === 0)
      return { output: operations.reshape(input, input.shape), saved: [] };
    const { firstRow, globalRows } = training.placement;
    const globalMask = operations.dropoutMask([globalRows, ...this.outputShape], this.#rate, training.seed);
    const mask = operations.rows(globalMask, firstRow, input.shape[0]!);
    globalMask.dispose();
    return { output: operations.multiply(input, mask), saved: [mask] };
  }

  backward(dy: Tensor, { operations, saved: [mask] }: BackwardContext): Tensor {
    return mask === undefined ? operations.reshape(dy, dy.shape) : operations.multiply(dy, mask);
  }
}
