import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { TensorFlow } from '@tandem/runtime';

export interface OperationAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

interface TensorMetadata {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: number;
}

/** The part of tfjs-node's addon that is used here: TensorFlow's eager C API. */
export interface NativeBinding {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_TYPE: number;
  executeOp(
    name: string,
    attributes: readonly OperationAttribute[],
    inputs: number[],
    outputs: number,
  ): TensorMetadata[];
  createTensor(shape: readonly number[], dtype: number, values: Float32Array | Int32Array): number;
  deleteTensor(id: number): void;
  isUsingGpuDevice(): boolean;
}

interface NodeBackend {
  readonly binding: NativeBinding;
  getInputTensorIds(tensors: readonly Tensor[]): number[];
  createOutputTensor(metadata: TensorMetadata): Tensor;
}

/** Runs TensorFlow operations by name on tfjs-node's backend, past tfjs's own kernels and gradients. */
export class NativeBackend {
  readonly binding: NativeBinding;
  readonly #backend: NodeBackend;

  constructor(tf: TensorFlow) {
    this.#backend = tf.backend() as unknown as NodeBackend;
    this.binding = this.#backend.binding;
  }

  /** Of the native TensorFlow. */
  get version(): string {
    return this.binding.TF_Version;
  }

  type(name: string, value: number = this.binding.TF_FLOAT): OperationAttribute {
    return { name, type: this.binding.TF_ATTR_TYPE, value };
  }

  integer(name: string, value: number | readonly number[]): OperationAttribute {
    return { name, type: this.binding.TF_ATTR_INT, value };
  }

  float(name: string, value: number): OperationAttribute {
    return { name, type: this.binding.TF_ATTR_FLOAT, value };
  }

  text(name: string, value: string): OperationAttribute {
    return { name, type: this.binding.TF_ATTR_STRING, value };
  }

  flag(name: string, value: boolean): OperationAttribute {
    return { name, type: this.binding.TF_ATTR_BOOL, value };
  }

  shape(name: string, value: readonly number[]): OperationAttribute {
    return { name, type: this.binding.TF_ATTR_SHAPE, value };
  }

  /** TensorFlow's own handle of a tensor, valid as long as the tensor is. */
  handleOf(tensor: Tensor): number {
    return this.#backend.getInputTensorIds([tensor])[0]!;
  }

  run(name: string, attributes: readonly OperationAttribute[], inputs: readonly Tensor[]): Tensor {
    return this.runForSeveral(name, attributes, inputs, 1)[0]!;
  }

  runForSeveral(
    name: string,
    attributes: readonly OperationAttribute[],
    inputs: readonly Tensor[],
    outputs: number,
  ): Tensor[] {
    return this.runOnHandles(name, attributes, this.#backend.getInputTensorIds(inputs), outputs);
  }

  runOnHandles(name: string, attributes: readonly OperationAttribute[], inputs: number[], outputs: number): Tensor[] {
    return this.binding
      .executeOp(name, attributes, inputs, outputs)
      .map((metadata) => this.#backend.createOutputTensor(metadata));
  }

  /** A tensor over the memory of `values`, which must not change until it is disposed; unaligned values are copied. */
  wrap(values: Float32Array | Int32Array, shape: readonly number[]): Tensor {
    const dtype = values instanceof Float32Array ? this.binding.TF_FLOAT : this.binding.TF_INT32;
    return this.#backend.createOutputTensor({ id: this.binding.createTensor(shape, dtype, values), shape, dtype });
  }

  /** Gives `use` the values as a tensor, and disposes it. */
  withVector<T>(values: readonly number[], use: (vector: Tensor) => T): T {
    const vector = this.wrap(Int32Array.from(values), [values.length]);
    try {
      return use(vector);
    } finally {
      vector.dispose();
    }
  }

  /** Likewise, rounded to float32. */
  withScalar<T>(value: number, use: (scalar: Tensor) => T): T {
    const scalar = this.wrap(Float32Array.of(value), []);
    try {
      return use(scalar);
    } finally {
      scalar.dispose();
    }
  }
}
