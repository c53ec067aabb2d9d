import { invariant } from '@tandem/core';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { WasmBackend } from '../operations/wasm/wasm-backend.js';
import type { Variables } from './variables.js';

/**
 * Values in WebAssembly's memory. A new value is always a new tensor: the backend keeps a matrix that it multiplies by in a form of
 * its own until the tensor is disposed, and would not see a change in place.
 */
export class WasmVariables implements Variables {
  readonly #backend: WasmBackend;
  readonly #values: Tensor[] = [];

  constructor(backend: WasmBackend) {
    this.#backend = backend;
  }

  get length(): number {
    return this.#values.length;
  }

  add(value: Tensor): number {
    return this.#values.push(this.#backend.copy(value)) - 1;
  }

  assign(index: number, value: Tensor): void {
    this.replace(index, this.#backend.copy(value));
  }

  /** `assign`, which takes `value` over. */
  replace(index: number, value: Tensor): void {
    this.#at(index).dispose();
    this.#values[index] = value;
  }

  read(index: number): Tensor {
    const value = this.#at(index);
    return this.#backend.alias(value, value.shape);
  }

  dispose(): void {
    for (const value of this.#values) value.dispose();
    this.#values.length = 0;
  }

  #at(index: number): Tensor {
    const value = this.#values[index];
    invariant(value !== undefined, `variable ${index} of ${this.#values.length} was asked for`);
    return value;
  }
}
