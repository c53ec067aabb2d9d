import { Convolution } from '../layers/convolution.js';
import { Dense } from '../layers/dense.js';
import { Dropout } from '../layers/dropout.js';
import { Flatten } from '../layers/flatten.js';
import type { Layer, RowShape } from '../layers/layer.js';
import { MaxPool } from '../layers/max-pool.js';
import { Network } from '../network.js';
import { elementsOf, type Initialiser } from '../parameters.js';

export interface SmallNetworkOptions {
  readonly inputSize: number;
  readonly channels: number;
  readonly classes: number;
  readonly dropout: number;
}

/** Two 3×3 convolutions with 2×2 pooling and two dense layers, for images of about 28×28; weights by He (2015). */
export function smallNetwork(options: SmallNetworkOptions): Network {
  const zero: Initialiser = { kind: 'constant', value: 0 };
  const he = (fanIn: number): Initialiser => ({ kind: 'normal', deviation: Math.sqrt(2 / fanIn) });

  const layers: Layer[] = [];
  const inputShape: RowShape = [options.inputSize, options.inputSize, options.channels];
  const shape = () => layers.at(-1)?.outputShape ?? inputShape;
  const block = (index: number, filters: number) => {
    layers.push(
      new Convolution({
        name: `conv${index}`,
        input: shape(),
        filters,
        kernelSize: 3,
        geometry: { strides: [1, 1], padding: 'SAME' },
        kernelInit: he(9 * shape()[2]!),
        biasInit: zero,
      }),
    );
    layers.push(new MaxPool(`pool${index}`, shape(), { window: [2, 2], strides: [2, 2], padding: 'VALID' }));
  };
  const dense = (name: string, units: number, relu: boolean) =>
    layers.push(new Dense({ name, input: shape(), units, relu, kernelInit: he(elementsOf(shape())), biasInit: zero }));

  block(1, 32);
  block(2, 64);
  layers.push(new Flatten(shape()));
  dense('fc3', 128, true);
  layers.push(new Dropout('drop3', shape(), options.dropout));
  dense('fc4', options.classes, false);
  return new Network(inputShape, layers);
}
