import { invariant, microBatchSizes, type Range } from '@tandem/core';
import { sampleOrder } from './permutation.js';

export interface ScheduleOptions {
  /** Samples in the training set. */
  readonly samples: number;
  readonly globalBatch: number;
  readonly microBatches: number;
  readonly seed: number;
}

/** Where a step is in the run, and which samples it takes. Steps and epochs count from 1. */
export interface StepLocation {
  readonly step: number;
  readonly epoch: number;
  readonly stepInEpoch: number;
  /** Samples in this global batch; fewer than globalBatch at the end of an epoch that does not divide. */
  readonly samples: number;
  /** Samples in each micro-batch. */
  readonly sizes: readonly number[];
  /** Each micro-batch's first row in the global batch. */
  readonly firstOfMicroBatch: readonly number[];
  /** The global batch's samples in order. Not to be changed. */
  readonly indices: Uint32Array;
}

/** One rank's share of a global batch. */
export interface LocalRows {
  /** Sizes of the rank's micro-batches, empty ones included. */
  readonly segments: readonly number[];
  readonly firstRow: number;
  readonly rows: number;
}

/**
 * The sample order of a whole run: a function of the options and the step, with no state to hand over. Every sample is in
 * exactly one global batch an epoch. The order of the last epoch asked for is kept (4 bytes a sample).
 */
export class BatchSchedule {
  readonly stepsPerEpoch: number;
  readonly #options: ScheduleOptions;
  #order: { readonly epoch: number; readonly indices: Uint32Array } | undefined;

  constructor(options: ScheduleOptions) {
    invariant(options.samples >= 1, `the training set has ${options.samples} samples, at least 1 was assumed`);
    invariant(options.globalBatch >= 1, `globalBatch is ${options.globalBatch}, at least 1 was assumed`);
    this.#options = options;
    this.stepsPerEpoch = Math.ceil(options.samples / options.globalBatch);
  }

  totalSteps(epochs: number): number {
    return epochs * this.stepsPerEpoch;
  }

  locate(step: number): StepLocation {
    invariant(Number.isInteger(step) && step >= 1, `step is ${step}, steps count from 1`);
    const { samples, globalBatch, microBatches } = this.#options;
    const epoch = Math.floor((step - 1) / this.stepsPerEpoch) + 1;
    const stepInEpoch = step - (epoch - 1) * this.stepsPerEpoch;
    const start = (stepInEpoch - 1) * globalBatch;
    const indices = this.#orderOf(epoch).subarray(start, Math.min(start + globalBatch, samples));
    const sizes = microBatchSizes(indices.length, microBatches);
    let first = 0;
    const firstOfMicroBatch = sizes.map((size) => (first += size) - size);
    return { step, epoch, stepInEpoch, samples: indices.length, sizes, firstOfMicroBatch, indices };
  }

  #orderOf(epoch: number): Uint32Array {
    if (this.#order?.epoch !== epoch)
      this.#order = { epoch, indices: sampleOrder(this.#options.seed, epoch, this.#options.samples) };
    return this.#order.indices;
  }
}

/** The rows of the micro-batches `deal`, of micro-batches of these sizes. */
export function localRows(sizes: readonly number[], deal: Range): LocalRows {
  const sum = (of: readonly number[]) => of.reduce((total, size) => total + size, 0);
  const segments = sizes.slice(deal.start, deal.end);
  return { segments, firstRow: sum(sizes.slice(0, deal.start)), rows: sum(segments) };
}
