import { Convolution } from '../layers/convolution.js';
import { Dense } from '../layers/dense.js';
import { Dropout } from '../layers/dropout.js';
import { Flatten } from '../layers/flatten.js';
import type { Layer, RowShape } from '../layers/layer.js';
import { LocalResponseNormalisation } from '../layers/local-response-normalisation.js';
import { MaxPool } from '../layers/max-pool.js';
import { Network } from '../network.js';
import type { ConvolutionGeometry } from '../operations/operations.js';
import type { Initialiser } from '../parameters.js';

export interface AlexNetOptions {
  readonly inputSize: number;
  readonly channels: number;
  readonly classes: number;
  readonly dropout: number;
  readonly lrn: boolean;
  readonly biasInit: number;
}

/**
 * The two-tower network of Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural
 * Networks" (2012), sections 3 and 5: 60,965,224 parameters for 1000 classes at 227×227×3.
 */
export function alexNet(options: AlexNetOptions): Network {
  const gaussian: Initialiser = { kind: 'normal', deviation: 0.01 };
  const zero: Initialiser = { kind: 'constant', value: 0 };
  const raised: Initialiser = { kind: 'constant', value: options.biasInit };
  const same: ConvolutionGeometry = { strides: [1, 1], padding: 'SAME' };

  const layers: Layer[] = [];
  const inputShape: RowShape = [options.inputSize, options.inputSize, options.channels];
  const shape = () => layers.at(-1)?.outputShape ?? inputShape;
  const convolution = (
    name: string,
    filters: number,
    kernelSize: number,
    groups: number,
    biasInit: Initialiser,
    geometry = same,
  ) =>
    layers.push(
      new Convolution({ name, input: shape(), filters, kernelSize, geometry, groups, kernelInit: gaussian, biasInit }),
    );
  const normalise = (name: string) => {
    // The paper's k, n, α, β; TensorFlow does not divide α by n, nor does the paper.
    const lrn = { depthRadius: 2, bias: 2, alpha: 1e-4, beta: 0.75 };
    if (options.lrn) layers.push(new LocalResponseNormalisation(name, shape(), lrn));
  };
  const pool = (name: string) =>
    layers.push(new MaxPool(name, shape(), { window: [3, 3], strides: [2, 2], padding: 'VALID' }));
  const dense = (name: string, units: number, relu: boolean, biasInit: Initialiser) =>
    layers.push(new Dense({ name, input: shape(), units, relu, kernelInit: gaussian, biasInit }));

  convolution('conv1', 96, 11, 1, zero, { strides: [4, 4], padding: 'VALID' });
  normalise('norm1');
  pool('pool1');
  convolution('conv2', 256, 5, 2, raised);
  normalise('norm2');
  pool('pool2');
  convolution('conv3', 384, 3, 1, zero);
  convolution('conv4', 384, 3, 2, raised);
  convolution('conv5', 256, 3, 2, raised);
  pool('pool5');
  layers.push(new Flatten(shape()));
  dense('fc6', 4096, true, raised);
  layers.push(new Dropout('drop6', shape(), options.dropout));
  dense('fc7', 4096, true, raised);
  layers.push(new Dropout('drop7', shape(), options.dropout));
  dense('fc8', options.classes, false, zero);
  return new Network(inputShape, layers);
}
