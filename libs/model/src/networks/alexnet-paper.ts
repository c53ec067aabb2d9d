import type { Network } from '../network.js';
import { type AlexNetOptions, poolOf } from './alexnet-options.js';
import { constant, LayerStack } from './layer-stack.js';

/**
 * The two-tower network of Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural
 * Networks" (2012), sections 3 and 5: 60,965,224 parameters for 1000 classes at 227×227×3.
 */
export function alexNetPaper(options: AlexNetOptions): Network {
  const { inputSize, channels, classes, dropout, activation, lrn } = options;
  const zero = constant(0);
  const raised = constant(options.biasInit);
  const pool = poolOf(options);
  const kernelInit = () => ({ kind: 'normal', deviation: 0.01 }) as const;
  const stack = new LayerStack([inputSize, inputSize, channels], { activation, kernelInit });
  stack.convolution('conv1', { filters: 96, kernelSize: 11, stride: 4, padding: 'VALID', biasInit: zero });
  if (lrn) stack.lrn('norm1');
  stack.pool('pool1', ...pool);
  stack.convolution('conv2', { filters: 256, kernelSize: 5, padding: 'SAME', groups: 2, biasInit: raised });
  if (lrn) stack.lrn('norm2');
  return stack
    .pool('pool2', ...pool)
    .convolution('conv3', { filters: 384, kernelSize: 3, padding: 'SAME', biasInit: zero })
    .convolution('conv4', { filters: 384, kernelSize: 3, padding: 'SAME', groups: 2, biasInit: raised })
    .convolution('conv5', { filters: 256, kernelSize: 3, padding: 'SAME', groups: 2, biasInit: raised })
    .pool('pool5', ...pool)
    .flatten()
    .dense('fc6', { units: 4096, biasInit: raised })
    .dropout('drop6', dropout)
    .dense('fc7', { units: 4096, biasInit: raised })
    .dropout('drop7', dropout)
    .dense('fc8', { units: classes, biasInit: zero, activation: 'none' })
    .build();
}
