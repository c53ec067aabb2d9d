import { invariant } from '@tandem/core';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { NativeBackend, OperationAttribute } from '../operations/native-backend.js';
import type { Variables } from './variables.js';

/**
 * TensorFlow resource variables: values that its fused optimizer kernels change in place. tfjs's own variables would be
 * rewritten as a whole each step (35 ms against 415 ms for 38 M parameters on one core).
 */
export class NativeVariables implements Variables {
  /** TensorFlow finds a variable by its name in the whole process, so every store's are named apart. */
  static #stores = 0;
  readonly #backend: NativeBackend;
  readonly #handles: number[] = [];
  readonly #float: readonly OperationAttribute[];
  readonly #serial: number;

  constructor(backend: NativeBackend) {
    this.#backend = backend;
    this.#serial = NativeVariables.#stores++;
    this.#float = [backend.type('dtype')];
  }

  get length(): number {
    return this.#handles.length;
  }

  /** Adds a variable with a copy of `value`, which stays the caller's; gives its index. */
  add(value: Tensor): number {
    const backend = this.#backend;
    const index = this.#handles.length;
    const attributes = [
      ...this.#float,
      backend.shape('shape', value.shape),
      backend.text('container', ''),
      backend.text('shared_name', `tandem/${this.#serial}/${index}`),
    ];
    this.#handles.push(backend.binding.executeOp('VarHandleOp', attributes, [], 1)[0]!.id);
    this.assign(index, value);
    return index;
  }

  assign(index: number, value: Tensor): void {
    this.#backend.binding.executeOp(
      'AssignVariableOp',
      this.#float,
      [this.handle(index), this.#backend.handleOf(value)],
      0,
    );
  }

  /**
   * The variable's value, sharing its memory. Dispose it before the variable is next changed: TensorFlow otherwise copies
   * the variable first, and the change is no longer in place.
   */
  read(index: number): Tensor {
    return this.#backend.runOnHandles('ReadVariableOp', this.#float, [this.handle(index)], 1)[0]!;
  }

  handle(index: number): number {
    const handle = this.#handles[index];
    invariant(handle !== undefined, `variable ${index} of ${this.#handles.length} was asked for`);
    return handle;
  }

  dispose(): void {
    for (const handle of this.#handles) {
      this.#backend.binding.executeOp(
        'DestroyResourceOp',
        [this.#backend.flag('ignore_lookup_error', true)],
        [handle],
        0,
      );
      this.#backend.binding.deleteTensor(handle);
    }
    this.#handles.length = 0;
  }
}
