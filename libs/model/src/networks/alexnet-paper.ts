import type { Network } from '../network.js';
import { type AlexNetOptions, poolOf, scaledUnits } from './alexnet-options.js';
import { constant, type KernelInit, LayerStack } from './layer-stack.js';

/**
 * The two-tower network of Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural
 * Networks" (2012), sections 3 and 5: 60,965,224 parameters for 1000 classes at 227×227×3.
 */
export function alexNetPaper(options: AlexNetOptions): Network {
  const { inputSize, channels, classes, dropout, activation, lrn, towers } = options;
  const zero = constant(0);
  const raised = constant(options.biasInit);
  const pool = poolOf(options);
  const scaled = (units: number) => scaledUnits(units, options.width);
  const groups = towers === 2 ? 2 : 1;
  // The paper's net for one GPU keeps conv5 and the dense layers whole, so that it has about as many parameters (section 3.2).
  const kernels = (filters: number) => (towers === 'half' ? scaled(filters) / 2 : scaled(filters));
  const stack = new LayerStack([inputSize, inputSize, channels], { activation, kernelInit: kernelInitOf(options) });
  stack.convolution('conv1', { filters: kernels(96), kernelSize: 11, stride: 4, padding: 'VALID', biasInit: zero });
  if (lrn) stack.lrn('norm1');
  stack.pool('pool1', ...pool);
  stack.convolution('conv2', { filters: kernels(256), kernelSize: 5, padding: 'SAME', groups, biasInit: raised });
  if (lrn) stack.lrn('norm2');
  return stack
    .pool('pool2', ...pool)
    .convolution('conv3', { filters: kernels(384), kernelSize: 3, padding: 'SAME', biasInit: zero })
    .convolution('conv4', { filters: kernels(384), kernelSize: 3, padding: 'SAME', groups, biasInit: raised })
    .convolution('conv5', { filters: scaled(256), kernelSize: 3, padding: 'SAME', groups, biasInit: raised })
    .pool('pool5', ...pool)
    .flatten()
    .dense('fc6', { units: scaled(4096), biasInit: raised })
    .dropout('drop6', dropout)
    .dense('fc7', { units: scaled(4096), biasInit: raised })
    .dropout('drop7', dropout)
    .dense('fc8', { units: classes, biasInit: zero, activation: 'none' })
    .build();
}

/** The paper's N(0, 0.01²), or N(0, g ⁄ fan-in): g = 2 for ReLU (He et al. 2015, section 2.2), 1 for tanh (LeCun et al. 1998, section 4.6). */
function kernelInitOf({ kernelInit, activation }: AlexNetOptions): KernelInit {
  if (kernelInit === 'paper') return () => ({ kind: 'normal', deviation: 0.01 });
  const gain = activation === 'relu' ? 2 : 1;
  return (fanIn) => ({ kind: 'normal', deviation: Math.sqrt(gain / fanIn) });
}
