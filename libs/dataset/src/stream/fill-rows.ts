import { colourShift } from '../augmentation/colour-jitter.js';
import { type AugmentationPlan, imageLength } from '../augmentation/plan.js';
import { writeImage } from '../augmentation/write-image.js';
import { pixelTable } from '../augmentation/write-crop.js';
import type { ImageSource } from '../sources/image-source.js';
import { bounded, DECODES_AT_ONCE } from './bounded.js';

export interface FillTarget {
  /** samples × crops × inputSize × inputSize × channels. */
  readonly images: Float32Array;
  readonly labels: Int32Array;
}

export interface FillOptions {
  readonly source: ImageSource;
  readonly plan: AugmentationPlan;
  readonly mean: readonly number[];
  readonly seed: number;
  readonly epoch: number;
  readonly indices: Uint32Array;
  readonly signal?: AbortSignal;
}

/** Decodes, augments and writes the samples `indices` to `target`, each once decoded, several at once. A row depends on its own sample only. */
export async function fillRows(target: FillTarget, options: FillOptions): Promise<void> {
  const { source, plan, mean, seed, epoch, indices, signal } = options;
  const { colourAxes, scale } = plan;
  const plain = pixelTable(mean, scale);
  const length = imageLength(plan, source.channels);
  await bounded(indices, DECODES_AT_ONCE, async (sample, row) => {
    const image = await source.read(sample, { shorterSide: plan.resize, signal });
    const name = source.nameOf(sample);
    const out = target.images.subarray(row * length, (row + 1) * length);
    const key = { seed, epoch, sample };
    const table = colourAxes === undefined ? plain : pixelTable(mean, scale, colourShift(colourAxes, key));
    writeImage({ image, name, plan, table, key, out });
    target.labels[row] = source.label(sample);
  });
}
