import { elementsOf } from './safetensors/tensor.js';

/** A trainable tensor of a network, in the network's order. */
export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Calls back with each parameter's place in a flat state, in elements. Returns the number of all elements. */
export function forEachParameter(
  parameters: readonly ParameterShape[],
  visit: (parameter: ParameterShape, start: number, end: number) => void,
): number {
  let start = 0;
  for (const parameter of parameters) {
    const end = start + elementsOf(parameter.shape);
    visit(parameter, start, end);
    start = end;
  }
  return start;
}
