import { parseConfig } from '@tandem/core/config';
import { buildNetwork, elementsOf, type ParameterSpec } from '@tandem/model';
import type { TrainedClassifier } from '../trained-classifier.js';

export interface ExampleOptions {
  /** A configuration's model section, as YAML. */
  readonly model: string;
  readonly channels?: number;
  readonly classes?: number;
  readonly scale?: number;
}

/** A classifier whose weights are as spread as a trained one's, so that every layer matters to its probabilities. */
export function trainedExample({ model, channels = 3, classes = 7, scale = 1 }: ExampleOptions): TrainedClassifier {
  const { model: section } = parseConfig(`model: ${model}\ndata: { format: idx, train: d }`);
  const network = buildNetwork(section, { classes, channels });
  const weights = new Float32Array(network.parameterCount);
  let start = 0;
  for (const parameter of network.parameters) {
    const end = start + elementsOf(parameter.shape);
    const [from, to] = rangeOf(parameter, parameter.shape.at(-1) === classes);
    for (let at = start; at < end; at++) weights[at] = from + (to - from) * evenly(at);
    start = end;
  }
  const mean = [110, 120, 130].slice(0, channels);
  return {
    network,
    weights,
    preprocessing: { shorterSide: network.inputShape[0]! + 8, mean, scale },
    classes: Array.from({ length: classes }, (_, label) => `class ${label}`),
    origin: { tandem: '0.0.0', model: { ...section }, step: 12, epoch: 3 },
  };
}

/** Pixels of `rows` images, 0…255. */
export function examplePixels({ network }: TrainedClassifier, rows: number): Float32Array {
  const length = rows * elementsOf(network.inputShape);
  return Float32Array.from({ length }, (_, at) => Math.floor(256 * evenly(at + 1_000_003)));
}

function rangeOf({ name, shape }: ParameterSpec, last: boolean): [from: number, to: number] {
  if (name.endsWith('/gamma') || name.endsWith('/moving_variance')) return [0.5, 1.5];
  if (!name.endsWith('/kernel')) return [-0.2, 0.2];
  // He's, so that signals neither vanish nor blow up; the logits are to stay small.
  const fanIn = elementsOf(shape.slice(0, -1));
  const limit = Math.sqrt(6 / fanIn) * (last ? 0.05 : 1);
  return [-limit, limit];
}

/** Numbers in 0…1 that look drawn (splitmix32). */
function evenly(index: number): number {
  let mixed = Math.imul(index + 1, 0x9e3779b9);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
}
