import type { Network } from '../network.js';
import { constant, LayerStack } from './layer-stack.js';

export interface SmallNetworkOptions {
  readonly inputSize: number;
  readonly channels: number;
  readonly classes: number;
  readonly dropout: number;
}

/** Two 3×3 convolutions with 2×2 pooling and two dense layers, for images of about 28×28; weights by He (2015). */
export function smallNetwork({ inputSize, channels, classes, dropout }: SmallNetworkOptions): Network {
  const biasInit = constant(0);
  const kernelInit = (fanIn: number) => ({ kind: 'normal', deviation: Math.sqrt(2 / fanIn) }) as const;
  return new LayerStack([inputSize, inputSize, channels], { activation: 'relu', kernelInit })
    .convolution('conv1', { filters: 32, kernelSize: 3, padding: 'SAME', biasInit })
    .pool('pool1', 2, 2)
    .convolution('conv2', { filters: 64, kernelSize: 3, padding: 'SAME', biasInit })
    .pool('pool2', 2, 2)
    .flatten()
    .dense('fc3', { units: 128, biasInit })
    .dropout('drop3', dropout)
    .dense('fc4', { units: classes, biasInit, activation: 'none' })
    .build();
}
