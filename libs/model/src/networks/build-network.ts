import { inputSizeOf, invariant, type RunConfig } from '@tandem/core';
import type { Network } from '../network.js';
import { alexNetKeras } from './alexnet-keras.js';
import { alexNetOneColumn } from './alexnet-one-column.js';
import type { AlexNetOptions } from './alexnet-options.js';
import { alexNetPaper } from './alexnet-paper.js';
import { smallNetwork } from './small.js';

interface Variant {
  readonly build: (options: AlexNetOptions) => Network;
  readonly dropout: number;
  readonly pooling: AlexNetOptions['pooling'];
}

/** The variants of AlexNet, and what each has where the configuration says nothing. */
const variants: Readonly<Record<RunConfig['model']['variant'], Variant>> = {
  paper: { build: alexNetPaper, dropout: 0.5, pooling: 'overlapping' },
  keras: { build: alexNetKeras, dropout: 0.4, pooling: 'plain' },
  'one-column': { build: alexNetOneColumn, dropout: 0.5, pooling: 'overlapping' },
};

/** The network of a configuration that names one of Tandem's own. `classes` and `channels` are those of the data set; `model.classes` overrides the first. */
export function buildNetwork(model: RunConfig['model'], data: { classes: number; channels: number }): Network {
  invariant(model.name !== 'module', 'a network of one’s own comes from its module');
  const inputSize = inputSizeOf(model);
  const classes = model.classes ?? data.classes;
  const { channels } = data;
  const shape = { inputSize, classes, channels };
  if (model.name === 'small') return smallNetwork({ ...shape, dropout: model.dropout ?? 0.5 });
  const { build, dropout, pooling } = variants[model.variant];
  const { activation, width, towers, lrn, biasInit, kernelInit } = model;
  return build({
    ...shape,
    ...{ activation, width, towers, lrn, biasInit, kernelInit },
    dropout: model.dropout ?? dropout,
    pooling: model.pooling ?? pooling,
  });
}
