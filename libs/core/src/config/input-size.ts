import type { RunConfig } from './schema.js';

const ofVariants: Readonly<Record<RunConfig['model']['variant'], number>> = {
  paper: 227,
  keras: 224,
  'one-column': 224,
};
const SMALL = 28;

/** Height and width of the network's input in pixels: `model.inputSize`, or what the network was drawn for. */
export function inputSizeOf(model: RunConfig['model']): number {
  return model.inputSize ?? (model.name === 'alexnet' ? ofVariants[model.variant] : SMALL);
}

const scales: Readonly<Record<RunConfig['model']['name'], number>> = {
  alexnet: 1,
  small: 1 / 255,
  module: 1 / 255,
};

/** What pixels less their mean are multiplied by: `data.scale`, or what the network's initial weights expect. */
export function pixelScaleOf(config: Pick<RunConfig, 'data' | 'model'>): number {
  return config.data.scale ?? scales[config.model.name];
}
