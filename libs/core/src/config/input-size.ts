import type { RunConfig } from './schema.js';

const defaults: Readonly<Record<RunConfig['model']['name'], number>> = { alexnet: 227, small: 28 };

/** Height and width of the network's input in pixels: `model.inputSize`, or what the network was drawn for. */
export function inputSizeOf(model: RunConfig['model']): number {
  return model.inputSize ?? defaults[model.name];
}
