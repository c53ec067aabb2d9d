import { type Encoding, roundToBfloat16 } from '@tandem/collective';
import { microBatchSizes } from '@tandem/core';
import type { FactorLayer, Network, Operations } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';

export interface FactorBufferOptions {
  readonly network: Pick<Network, 'factorLayers' | 'gradientFromFactors'>;
  /** A number in `network.factorLayers`. */
  readonly layer: number;
  readonly globalBatch: number;
  readonly microBatches: number;
  /** What factors are rounded to at their source. */
  readonly encoding: Encoding;
  /** [globalBatch, inputs]; own memory by default. */
  readonly input?: Float32Array;
  /** [globalBatch, outputs] */
  readonly outputGradient?: Float32Array;
}

/**
 * Both factors of a layer for the whole global batch, rows in sample order. A micro-batch's rows have a fixed place, which is
 * filled up with zeros in a shorter batch: the product has always the same shape, and so the same bits whoever multiplies.
 */
export class FactorBuffer {
  readonly #options: FactorBufferOptions;
  readonly #layer: FactorLayer;
  readonly #input: Float32Array;
  readonly #outputGradient: Float32Array;
  /** First row of each micro-batch, and the number of all rows. */
  readonly #starts: readonly number[];

  constructor(options: FactorBufferOptions) {
    const { network, layer, globalBatch, microBatches } = options;
    this.#options = options;
    this.#layer = network.factorLayers[layer]!;
    const { inputs, outputs } = this.#layer;
    this.#input = options.input ?? new Float32Array(globalBatch * inputs);
    this.#outputGradient = options.outputGradient ?? new Float32Array(globalBatch * outputs);
    let rows = 0;
    const sizes = microBatchSizes(globalBatch, microBatches);
    this.#starts = [...sizes.map((size) => (rows += size) - size), rows];
  }

  /** The rows of one micro-batch: at most as many as it has in a whole batch. */
  write(microBatch: number, input: Float32Array, outputGradient: Float32Array): void {
    const { inputs, outputs } = this.#layer;
    const [start, end] = [this.#starts[microBatch]!, this.#starts[microBatch + 1]!];
    for (const [matrix, columns, rows] of [
      [this.#input, inputs, input],
      [this.#outputGradient, outputs, outputGradient],
    ] as const) {
      matrix.set(rows, start * columns);
      matrix.fill(0, start * columns + rows.length, end * columns);
      if (this.#options.encoding === 'bfloat16') roundToBfloat16(matrix.subarray(start * columns, end * columns));
    }
  }

  /** Both factors: [globalBatch, inputs] and [globalBatch, outputs]. The caller disposes them before the next write. */
  matrices(operations: Operations): readonly [input: Tensor, outputGradient: Tensor] {
    const { globalBatch } = this.#options;
    const { inputs, outputs } = this.#layer;
    return [
      operations.fromFloat32(this.#input, [globalBatch, inputs]),
      operations.fromFloat32(this.#outputGradient, [globalBatch, outputs]),
    ];
  }

  /** Whether this parameter's gradient is the product of both factors: the kernel's is, the bias' is a sum over one of them. */
  isProduct(parameter: number): boolean {
    return this.#layer.parameters[0] === parameter;
  }

  /** The gradient of one of the layer's parameters, over the global batch. The caller disposes it. */
  gradient(operations: Operations, parameter: number): Tensor {
    const { network, layer } = this.#options;
    const [input, outputGradient] = this.matrices(operations);
    try {
      return network.gradientFromFactors(operations, { layer, parameter }, input, outputGradient);
    } finally {
      input.dispose();
      outputGradient.dispose();
    }
  }
}
