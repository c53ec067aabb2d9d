import { microBatchSizes, RandomStream, StreamPurpose } from '@tandem/core';
import type { Batch } from '@tandem/dataset';
import type { NativeOperations } from '@tandem/model';
import { CLASSES, epochOf, MICRO_BATCHES, ROWS, STEPS, type Variant } from './variants.js';

/** The batches of all steps: images [steps, rows, h, w, c], labels [steps, rows]; a function of the variant's seed. */
export interface Batches {
  readonly images: Float32Array;
  readonly imageShape: readonly number[];
  readonly labels: Int32Array;
}

export function makeBatches(operations: NativeOperations, variant: Variant, imageShape: readonly number[]): Batches {
  const stream = new RandomStream(variant.seed, StreamPurpose.augmentation);
  const key = [stream.uint32() | 0, stream.uint32() | 0] as const;
  const drawn = operations.normal([STEPS * ROWS, ...imageShape], variant.imageDeviation, key);
  const images = operations.read(drawn);
  drawn.dispose();
  const labels = Int32Array.from({ length: STEPS * ROWS }, () => stream.below(CLASSES));
  return { images, imageShape, labels };
}

/** The batch of a step, counted from 1, as a world of one is given it. */
export function batchOf({ images, labels }: Batches, step: number): Batch {
  const first = (step - 1) * ROWS;
  const rowLength = images.length / labels.length;
  return {
    step,
    epoch: epochOf(step),
    samples: ROWS,
    segments: microBatchSizes(ROWS, MICRO_BATCHES),
    firstRow: 0,
    images: images.subarray(first * rowLength, (first + ROWS) * rowLength),
    labels: labels.subarray(first, first + ROWS),
    indices: Uint32Array.from({ length: ROWS }, (_, row) => first + row),
    release: () => undefined,
  };
}
