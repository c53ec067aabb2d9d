import type { Constant } from '../constant.js';
import { type AttributeProto, FLOAT_TYPE, type NodeProto, type TensorProto, type ValueInfoProto } from './schema.js';

export function integer(name: string, value: number): AttributeProto {
  return { name, type: 'INT', i: value };
}

export function integers(name: string, values: readonly number[]): AttributeProto {
  return { name, type: 'INTS', ints: values };
}

export function float(name: string, value: number): AttributeProto {
  return { name, type: 'FLOAT', f: value };
}

/** A float32 input or output whose first dimension, the number of images, is open. */
export function valueInfo(name: string, rowShape: readonly number[]): ValueInfoProto {
  const dim = [{ dimParam: 'n' }, ...rowShape.map((size) => ({ dimValue: size }))];
  return { name, type: { tensorType: { elemType: FLOAT_TYPE, shape: { dim } } } };
}

/** An ONNX graph that grows node by node. A node has the name of its output. */
export class GraphBuilder {
  readonly nodes: NodeProto[] = [];
  readonly constants: TensorProto[] = [];

  /** Gives the name of the output. */
  add(name: string, opType: string, input: readonly string[], ...attribute: readonly AttributeProto[]): string {
    this.nodes.push({ name, opType, input, output: [name], attribute });
    return name;
  }

  constant({ name, shape, values }: Constant): string {
    const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.constants.push({ name, dims: shape, dataType: FLOAT_TYPE, rawData });
    return name;
  }
}
