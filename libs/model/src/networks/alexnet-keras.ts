import type { Network } from '../network.js';
import { type AlexNetOptions, poolOf, scaledUnits } from './alexnet-options.js';
import { constant, LayerStack } from './layer-stack.js';

/**
 * The network that circulates as AlexNet in Keras: one column, every convolution without padding, the second 11×11 too, batch
 * normalisation after pooling, weights by Glorot and Bengio (2010). 28,075,752 parameters for 1000 classes at 224×224×3, of
 * which 18,936 are moving averages.
 */
export function alexNetKeras(options: AlexNetOptions): Network {
  const { inputSize, channels, classes, dropout, activation } = options;
  const biasInit = constant(0);
  const pool = poolOf(options);
  const scaled = (units: number) => scaledUnits(units, options.width);
  const kernelInit = (fanIn: number, fanOut: number) =>
    ({ kind: 'uniform', limit: Math.sqrt(6 / (fanIn + fanOut)) }) as const;
  return new LayerStack([inputSize, inputSize, channels], { activation, kernelInit })
    .convolution('conv1', { filters: scaled(96), kernelSize: 11, stride: 4, padding: 'VALID', biasInit })
    .pool('pool1', ...pool)
    .batchNormalisation('bn1')
    .convolution('conv2', { filters: scaled(256), kernelSize: 11, padding: 'VALID', biasInit })
    .pool('pool2', ...pool)
    .batchNormalisation('bn2')
    .convolution('conv3', { filters: scaled(384), kernelSize: 3, padding: 'VALID', biasInit })
    .batchNormalisation('bn3')
    .convolution('conv4', { filters: scaled(384), kernelSize: 3, padding: 'VALID', biasInit })
    .batchNormalisation('bn4')
    .convolution('conv5', { filters: scaled(256), kernelSize: 3, padding: 'VALID', biasInit })
    .pool('pool5', ...pool)
    .batchNormalisation('bn5')
    .flatten()
    .dense('fc6', { units: scaled(4096), biasInit })
    .dropout('drop6', dropout)
    .batchNormalisation('bn6')
    .dense('fc7', { units: scaled(4096), biasInit })
    .dropout('drop7', dropout)
    .batchNormalisation('bn7')
    .dense('fc8', { units: classes, biasInit, activation: 'none' })
    .build();
}
