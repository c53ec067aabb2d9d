import type { Network } from '../network.js';
import { type AlexNetOptions, poolOf, scaledUnits } from './alexnet-options.js';
import { constant, LayerStack } from './layer-stack.js';

/**
 * The single tower of Krizhevsky, "One weird trick for parallelizing convolutional neural networks" (2014), as most libraries
 * ship it: no LRN, dropout before fc6 and fc7. 61,100,840 parameters for 1000 classes at 224×224×3. Kernels start even in
 * ±1 ⁄ √fan-in as PyTorch's do, biases at 0.
 */
export function alexNetOneColumn(options: AlexNetOptions): Network {
  const { inputSize, channels, classes, dropout, activation } = options;
  const biasInit = constant(0);
  const pool = poolOf(options);
  const scaled = (units: number) => scaledUnits(units, options.width);
  const kernelInit = (fanIn: number) => ({ kind: 'uniform', limit: 1 / Math.sqrt(fanIn) }) as const;
  return new LayerStack([inputSize, inputSize, channels], { activation, kernelInit })
    .convolution('conv1', { filters: scaled(64), kernelSize: 11, stride: 4, padding: 2, biasInit })
    .pool('pool1', ...pool)
    .convolution('conv2', { filters: scaled(192), kernelSize: 5, padding: 2, biasInit })
    .pool('pool2', ...pool)
    .convolution('conv3', { filters: scaled(384), kernelSize: 3, padding: 1, biasInit })
    .convolution('conv4', { filters: scaled(256), kernelSize: 3, padding: 1, biasInit })
    .convolution('conv5', { filters: scaled(256), kernelSize: 3, padding: 1, biasInit })
    .pool('pool5', ...pool)
    .flatten()
    .dropout('drop6', dropout)
    .dense('fc6', { units: scaled(4096), biasInit })
    .dropout('drop7', dropout)
    .dense('fc7', { units: scaled(4096), biasInit })
    .dense('fc8', { units: classes, biasInit, activation: 'none' })
    .build();
}
