import type { RunConfig } from '@tandem/core';
import type { Network } from '../network.js';
import { alexNet } from './alexnet.js';
import { smallNetwork } from './small.js';

/** Height and width of the input that a configuration means, in pixels. */
export function inputSizeOf(model: RunConfig['model']): number {
  return model.inputSize ?? (model.name === 'alexnet' ? 227 : 28);
}

/** The network of a configuration. `classes` and `channels` are those of the data set; `model.classes` overrides the first. */
export function buildNetwork(model: RunConfig['model'], data: { classes: number; channels: number }): Network {
  const inputSize = inputSizeOf(model);
  const classes = model.classes ?? data.classes;
  const { channels } = data;
  switch (model.name) {
    case 'alexnet':
      return alexNet({ ...model, inputSize, classes, channels });
    case 'small':
      return smallNetwork({ ...model, inputSize, classes, channels });
  }
}
