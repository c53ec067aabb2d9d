import { createHash } from 'node:crypto';
import { invariant, type RunConfig } from '@tandem/core';
import { elementsOf, type Engine, initialValue, type Network, type Variables } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { buildOptimizer } from './optimizer/build-optimizer.js';
import { bitSums } from './numerics/bit-sums.js';
import type { Optimizer } from './optimizer/optimizer.js';
import { readInPieces } from './read-in-pieces.js';

/** One copy of everything that training changes: weights and velocities. Its bits are equal on all ranks after every step. */
export class Replica {
  readonly network: Network;
  readonly operations: Engine;
  readonly weights: Variables;
  readonly velocities: Variables;
  readonly optimizer: Optimizer;

  /** Weights derived from the seed, velocities of zero. */
  constructor(network: Network, operations: Engine, config: RunConfig) {
    this.network = network;
    this.operations = operations;
    this.weights = operations.createVariables();
    this.velocities = operations.createVariables();
    for (const [index, spec] of network.parameters.entries()) {
      const first = initialValue(operations, spec, index, config.training.seed);
      this.weights.add(first);
      first.dispose();
      const still = operations.fill(spec.shape, 0);
      this.velocities.add(still);
      still.dispose();
    }
    this.optimizer = buildOptimizer(this, network.parameters, config.optimizer);
  }

  /** Bytes of a snapshot: weights, then velocities, in parameter order, float32. */
  get stateBytes(): number {
    return 2 * this.network.parameterCount * Float32Array.BYTES_PER_ELEMENT;
  }

  /** Calls `use` with the weights as tensors and disposes them: TensorFlow's updates in place need them gone. */
  withWeights<T>(use: (weights: readonly Tensor[]) => T): T {
    const weights = this.network.parameters.map((_, index) => this.weights.read(index));
    try {
      return use(weights);
    } finally {
      for (const weight of weights) weight.dispose();
    }
  }

  /** Gives the state piece by piece: its bytes, and at which byte of a snapshot they are. */
  forEachPiece(use: (piece: Uint8Array, offset: number) => void): void {
    this.#forEachArray((store, index, offset) => {
      const value = store.read(index);
      readInPieces(this.operations, value, (piece, start) => {
        const bytes = new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
        use(bytes, (offset + start) * Float32Array.BYTES_PER_ELEMENT);
      });
      value.dispose();
    });
  }

  /** Copies the state into `target`, of `stateBytes`. */
  snapshot(target: SharedArrayBuffer): void {
    const bytes = new Uint8Array(target);
    this.forEachPiece((piece, offset) => bytes.set(piece, offset));
  }

  /**
   * Replaces the state by one that `snapshot` made, and takes its memory over: variables may lie in it from now on, and change it.
   * For hundreds of megabytes, a copy's page faults would take longer than the copying.
   */
  restore(state: SharedArrayBuffer): void {
    invariant(
      state.byteLength === this.stateBytes,
      `a state of ${state.byteLength} bytes was to be restored, not ${this.stateBytes}`,
    );
    const values = new Float32Array(state);
    this.#forEachArray((store, index, offset, shape) => {
      const value = this.operations.fromFloat32(values.subarray(offset, offset + elementsOf(shape)), shape);
      store.assign(index, value);
      value.dispose();
    });
  }

  /** Moves the untrained parameters (moving averages) on by one step, from its reductions. */
  applyState(reduced: (reduction: number) => Float32Array, globalRows: number): void {
    const state = (parameter: number) => this.#valuesOf(this.weights, parameter);
    for (const [parameter, values] of this.network.nextState(reduced, globalRows, state)) {
      const value = this.operations.fromFloat32(values, this.network.parameters[parameter]!.shape);
      this.weights.assign(parameter, value);
      value.dispose();
    }
  }

  /** A cheap checksum of each parameter's bits, in order; `all`: then of each momentum's. See `bitSums`. */
  checksums(all: boolean): string[] {
    const { weights, velocities, network } = this;
    function* tensors() {
      for (const store of all ? [weights, velocities] : [weights])
        for (const index of network.parameters.keys()) yield store.read(index);
    }
    return bitSums(this.operations, tensors());
  }

  /** Hex SHA-256 of each parameter's bytes, in order. */
  parameterDigests(): string[] {
    return this.network.parameters.map((_, index) => {
      const hash = createHash('sha256');
      const value = this.weights.read(index);
      readInPieces(this.operations, value, (piece) => {
        hash.update(piece);
      });
      value.dispose();
      return hash.digest('hex');
    });
  }

  dispose(): void {
    this.weights.dispose();
    this.velocities.dispose();
  }

  #valuesOf(store: Variables, index: number): Float32Array {
    const tensor = store.read(index);
    const values = this.operations.read(tensor);
    tensor.dispose();
    return values;
  }

  #forEachArray(use: (store: Variables, index: number, offset: number, shape: readonly number[]) => void): void {
    let offset = 0;
    for (const store of [this.weights, this.velocities])
      for (const [index, { shape }] of this.network.parameters.entries()) {
        use(store, index, offset, shape);
        offset += elementsOf(shape);
      }
  }
}

/** One digest for all: hex SHA-256 over the parameters' digests. */
export function combinedDigest(parameterDigests: readonly string[]): string {
  return createHash('sha256').update(parameterDigests.join('\n')).digest('hex');
}
