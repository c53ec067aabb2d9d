import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { PoolGeometry } from '../operations/operations.js';
import type { LayerDescription } from './description.js';
import type { Activation, BackwardContext, ForwardContext, Layer, RowShape } from './layer.js';
import { windowedSize } from './windowed-size.js';

/** Max pooling; overlapping where the window is larger than the stride (Krizhevsky 2012, section 3.4). */
export class MaxPool implements Layer {
  readonly name: string;
  readonly parameters = [];
  readonly outputShape: RowShape;
  readonly description: LayerDescription;
  readonly #geometry: PoolGeometry;

  constructor(name: string, input: RowShape, geometry: PoolGeometry) {
    const [height, width, channels] = input as [number, number, number];
    this.name = name;
    this.#geometry = geometry;
    this.description = { kind: 'max-pool', geometry };
    this.outputShape = [
      windowedSize(height, geometry.window[0], geometry.strides[0], geometry.padding),
      windowedSize(width, geometry.window[1], geometry.strides[1], geometry.padding),
      channels,
    ];
  }

  forward(input: Tensor, { operations, training }: ForwardContext): Activation {
    if (training !== undefined) return operations.maxPoolForTraining(input, this.#geometry);
    return { output: operations.maxPool(input, this.#geometry), saved: [] };
  }

  backward(dy: Tensor, { operations, input, output, saved }: BackwardContext): Tensor {
    return operations.maxPoolGradient(input, output, dy, this.#geometry, saved);
  }
}
