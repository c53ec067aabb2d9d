import type { Constant } from '../constant.js';

/** An attribute as TensorFlow's attr_value.proto is written in JSON: 64-bit integers as text, bytes in base64. */
export type Attribute =
  | { readonly type: DataType }
  | { readonly i: string }
  | { readonly f: number }
  | { readonly b: boolean }
  | { readonly s: string }
  | { readonly shape: TensorShape }
  | { readonly tensor: { readonly dtype: DataType; readonly tensorShape: TensorShape } }
  | { readonly list: { readonly i: readonly string[] } | { readonly s: readonly string[] } };

export type DataType = 'DT_FLOAT' | 'DT_INT32';

export interface TensorShape {
  readonly dim: readonly { readonly size: string }[];
}

/** One operation; an input is `NODE`, or `NODE:K` for its K-th output. */
export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, Attribute>>;
}

export const FLOAT: Attribute = { type: 'DT_FLOAT' };
export const INT32: Attribute = { type: 'DT_INT32' };

export function integer(value: number): Attribute {
  return { i: String(value) };
}

export function integers(values: readonly number[]): Attribute {
  return { list: { i: values.map(String) } };
}

export function text(value: string): Attribute {
  return { s: base64(value) };
}

export function texts(values: readonly string[]): Attribute {
  return { list: { s: values.map(base64) } };
}

/** −1 is a size that is open. */
export function tensorShape(sizes: readonly number[]): TensorShape {
  return { dim: sizes.map((size) => ({ size: String(size) })) };
}

/** A TensorFlow graph that grows node by node; the values of its constants are kept apart, as TensorFlow.js wants them. */
export class GraphBuilder {
  readonly nodes: NodeDef[] = [];
  readonly constants: Constant<Float32Array | Int32Array>[] = [];

  /** Adds an operation and gives the name of its (first) output. */
  add(name: string, op: string, input: readonly string[], attr: NodeDef['attr']): string {
    this.nodes.push({ name, op, input, attr });
    return name;
  }

  constant({ name, shape, values }: Constant<Float32Array | Int32Array>): string {
    this.constants.push({ name, shape, values });
    const dtype: DataType = values instanceof Int32Array ? 'DT_INT32' : 'DT_FLOAT';
    return this.add(name, 'Const', [], {
      dtype: { type: dtype },
      value: { tensor: { dtype, tensorShape: tensorShape(shape) } },
    });
  }

  integerVector(name: string, values: readonly number[]): string {
    return this.constant({ name, shape: [values.length], values: Int32Array.from(values) });
  }

  integerScalar(name: string, value: number): string {
    return this.constant({ name, shape: [], values: Int32Array.of(value) });
  }
}

function base64(value: string): string {
  return Buffer.from(value, 'utf8').toString('base64');
}
