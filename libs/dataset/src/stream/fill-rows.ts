import { cropGeometry } from '../augmentation/geometry.js';
import type { AugmentationPlan } from '../augmentation/plan.js';
import { type PixelTable, writeCrop } from '../augmentation/write-crop.js';
import type { ImageSource } from '../sources/image-source.js';
import { bounded, DECODES_AT_ONCE } from './bounded.js';

export interface FillTarget {
  /** rows × inputSize × inputSize × channels. */
  readonly images: Float32Array;
  readonly labels: Int32Array;
}

export interface FillOptions {
  readonly source: ImageSource;
  readonly plan: AugmentationPlan;
  readonly table: PixelTable;
  readonly seed: number;
  readonly epoch: number;
  readonly indices: Uint32Array;
  readonly signal?: AbortSignal;
}

/** Decodes, augments and writes the samples `indices` to the rows of `target`, several at once. A row depends on its own sample only. */
export async function fillRows(target: FillTarget, options: FillOptions): Promise<void> {
  const { source, plan, table, seed, epoch, indices, signal } = options;
  const rowLength = plan.inputSize * plan.inputSize * source.channels;
  await bounded(indices, DECODES_AT_ONCE, async (sample, row) => {
    const image = await source.read(sample, { shorterSide: plan.resize, signal });
    const { width, height } = image;
    const crop = cropGeometry(plan, { name: source.nameOf(sample), width, height }, { seed, epoch, sample });
    writeCrop(image, crop, plan.inputSize, table, target.images.subarray(row * rowLength, (row + 1) * rowLength));
    target.labels[row] = source.label(sample);
  });
}
