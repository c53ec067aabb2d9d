import { invariant } from '@tandem/core';
import type { WasmTensorFlow } from '@tandem/runtime';
import type { KernelConfig, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { elementsOf } from '../../parameters.js';

/** Runs tfjs-backend-wasm's kernels by name, past tfjs's gradients and whatever its current backend is, and gives loops the memory. */
export class WasmBackend {
  /** Of tfjs-backend-wasm. */
  readonly version: string;
  readonly #core: WasmTensorFlow['core'];
  readonly #backend: WasmTensorFlow['backend'];
  readonly #kernels = new Map<string, KernelConfig>();

  constructor({ core, backend, version }: WasmTensorFlow) {
    this.#core = core;
    this.#backend = backend;
    this.version = version;
  }

  run(name: string, inputs: NamedTensorInfoMap, attributes: NamedAttrMap = {}): Tensor {
    let kernel = this.#kernels.get(name);
    if (kernel === undefined) {
      kernel = this.#core.getKernel(name, 'wasm');
      invariant((kernel as KernelConfig | null) !== null, `tfjs-backend-wasm ${this.version} has no kernel ${name}`);
      this.#kernels.set(name, kernel);
    }
    return this.#tensorOf(kernel.kernelFunc({ inputs, attrs: attributes, backend: this.#backend }) as TensorInfo);
  }

  /** A tensor whose values are yet to be written. */
  allocate(shape: readonly number[]): Tensor {
    return this.#tensorOf(this.#backend.makeOutput([...shape], 'float32'));
  }

  /** The tensor's own memory; valid until another tensor is made, which may move all. */
  values(tensor: Tensor): Float32Array {
    // Asked for by offset: the views that the backend makes itself are signed above 2 GiB.
    const start = this.#backend.getMemoryOffset(tensor.dataId);
    return new Float32Array(this.#backend.wasm.HEAPU8.buffer, start, tensor.size);
  }

  /** `values`, as integers of 32 bits. */
  bits(tensor: Tensor): Int32Array {
    const { buffer, byteOffset, length } = this.values(tensor);
    return new Int32Array(buffer, byteOffset, length);
  }

  copy(tensor: Tensor): Tensor {
    const copy = this.allocate(tensor.shape);
    this.values(copy).set(this.values(tensor));
    return copy;
  }

  /** Another tensor over the same memory, which is freed with the last one. */
  alias(tensor: Tensor, shape: readonly number[]): Tensor {
    invariant(tensor.size === elementsOf(shape), `[${tensor.shape.join()}] cannot be [${shape.join()}]`);
    this.#backend.incRef(tensor.dataId);
    return this.#tensorOf({ dataId: tensor.dataId, shape: [...shape], dtype: 'float32' });
  }

  #tensorOf(info: TensorInfo): Tensor {
    return this.#core.engine().makeTensorFromTensorInfo(info, this.#backend) as Tensor;
  }
}
