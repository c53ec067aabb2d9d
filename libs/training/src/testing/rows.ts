import { microBatchSizes, type Range } from '@tandem/core';
import { parseConfig } from '@tandem/core/config';
import type { Batch } from '@tandem/dataset';
import { NativeOperations, smallNetwork } from '@tandem/model';
import { loadTensorFlow } from '@tandem/runtime';

export const tf = loadTensorFlow({ threads: 1, device: 'cpu' });
export const operations = new NativeOperations(tf);
export const network = smallNetwork({ inputSize: 8, channels: 1, classes: 4, dropout: 0.5 });
export const config = parseConfig(
  'model: { name: small }\ndata: { format: idx, train: d }\noptimizer: { learningRate: 0.1 }\nexchange: { bucketBytes: 65536 }',
);

/** The rows of `step` that a rank with these micro-batches has: a function of step and place in the global batch. */
export function batchOf(step: number, samples: number, microBatches: number, deal: Range): Batch {
  const sizes = microBatchSizes(samples, microBatches);
  const sum = (part: number[]) => part.reduce((total, size) => total + size, 0);
  const firstRow = sum(sizes.slice(0, deal.start));
  const segments = sizes.slice(deal.start, deal.end);
  const rows = sum(segments);
  const place = (row: number) => firstRow + row;
  return {
    step,
    epoch: 1,
    samples,
    segments,
    firstRow,
    images: Float32Array.from({ length: rows * 64 }, (_, i) => Math.sin(step * 7 + place(i >> 6) * 131 + (i % 64) * 3)),
    labels: Int32Array.from({ length: rows }, (_, row) => place(row) % 4),
    indices: Uint32Array.from({ length: rows }, (_, row) => place(row)),
    release: () => undefined,
  };
}
