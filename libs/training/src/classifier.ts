import { invariant } from '@tandem/core';
import { elementsOf, type Network, type Operations } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';

/** A network with weights: what it takes to classify. */
export interface Classifier {
  readonly network: Network;
  readonly operations: Operations;
  /** Calls `use` with the weights as tensors, which are not to be used after it. */
  withWeights<T>(use: (weights: readonly Tensor[]) => T): T;
}

/** A classifier that does not learn: weights alone, half of what a Replica holds. */
export class FixedClassifier implements Classifier {
  readonly network: Network;
  readonly operations: Operations;
  readonly #weights: readonly Tensor[];

  /** `weights`: all parameters, flat, in parameter order. Not to be changed afterwards. */
  constructor(network: Network, operations: Operations, weights: Float32Array) {
    invariant(
      weights.length === network.parameterCount,
      `${weights.length} weights do not fit ${network.parameterCount} parameters`,
    );
    this.network = network;
    this.operations = operations;
    let offset = 0;
    this.#weights = network.parameters.map(({ shape }) => {
      const start = offset;
      offset += elementsOf(shape);
      return operations.fromFloat32(weights.subarray(start, offset), shape);
    });
  }

  withWeights<T>(use: (weights: readonly Tensor[]) => T): T {
    return use(this.#weights);
  }

  dispose(): void {
    for (const weight of this.#weights) weight.dispose();
  }
}

/** Logits of `rows` images, [rows × classes]. Leaves no tensor behind. */
export function classify(classifier: Classifier, images: Float32Array, rows: number): Float32Array {
  const { operations, network } = classifier;
  const input = operations.fromFloat32(images, [rows, ...network.inputShape]);
  const logits = classifier.withWeights((weights) => network.logits(operations, weights, input));
  const values = operations.read(logits);
  input.dispose();
  logits.dispose();
  return values;
}
