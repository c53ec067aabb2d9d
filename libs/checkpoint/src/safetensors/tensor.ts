/** The types of safetensors that Tandem writes and reads. */
export type SafetensorsDtype = 'F32' | 'I32' | 'I64';

export interface SafeTensor {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | BigInt64Array;
}

const arrayTypes = { F32: Float32Array, I32: Int32Array, I64: BigInt64Array } as const;

export function isDtype(dtype: unknown): dtype is SafetensorsDtype {
  return typeof dtype === 'string' && Object.hasOwn(arrayTypes, dtype);
}

export function arrayTypeOf(dtype: SafetensorsDtype): (typeof arrayTypes)[SafetensorsDtype] {
  return arrayTypes[dtype];
}

export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
