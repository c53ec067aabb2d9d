import { inputSizeOf, type RunConfig } from '@tandem/core';
import type { Network } from '../network.js';
import { alexNet } from './alexnet.js';
import { smallNetwork } from './small.js';

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
