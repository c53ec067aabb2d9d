import { elementsOf, type Network } from '@tandem/model';

/** A named array of an exported model. */
export interface Constant<Values extends Float32Array | Int32Array = Float32Array> {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Values;
}

/** A network's parameters, views into `weights`: each layer's in the order of `Layer.parameters`. */
export function layerParameters({ layers }: Network, weights: Float32Array): Constant[][] {
  let end = 0;
  return layers.map(({ parameters }) =>
    parameters.map(({ name, shape }) => {
      const start = end;
      end += elementsOf(shape);
      return { name, shape, values: weights.subarray(start, end) };
    }),
  );
}

/** Equal parts of an array's last dimension, named `NAME/group0`, `NAME/group1`, …; the array itself where it is one part. */
export function lastDimensionParts(whole: Constant, parts: number): Constant[] {
  if (parts === 1) return [whole];
  const columns = whole.shape.at(-1)!;
  const width = columns / parts;
  return Array.from({ length: parts }, (_, part) => {
    const values = new Float32Array(whole.values.length / parts);
    for (let row = 0; row * width < values.length; row++) {
      const start = row * columns + part * width;
      values.set(whole.values.subarray(start, start + width), row * width);
    }
    return { name: `${whole.name}/group${part}`, shape: [...whole.shape.slice(0, -1), width], values };
  });
}
