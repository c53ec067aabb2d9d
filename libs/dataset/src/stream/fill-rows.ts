import { cropGeometry } from '../augmentation/geometry.js';
import type { AugmentationPlan } from '../augmentation/plan.js';
import { type PixelTable, writeCrop } from '../augmentation/write-crop.js';
import type { ImageSource } from '../sources/image-source.js';
import { bounded, DECODES_AT_ONCE } from './bounded.js';
import { readSample, type UnreadableImage, type UnreadableRule } from './read-sample.js';

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
  /** Default: `fail`. */
  readonly unreadable?: UnreadableRule;
  readonly signal?: AbortSignal;
}

export interface Filled {
  /** The sample whose image each row holds; as many rows as were filled. */
  readonly indices: Uint32Array;
  /** Images that could not be decoded, in the order of their samples. */
  readonly unreadable: readonly UnreadableImage[];
}

/**
 * Decodes, augments and writes the samples `indices` to the rows of `target`, several at once. A row depends on its own sample
 * only. Rows of samples that are left out are closed up.
 */
export async function fillRows(target: FillTarget, options: FillOptions): Promise<Filled> {
  const { source, plan, table, seed, epoch, indices, signal } = options;
  const rowLength = plan.inputSize * plan.inputSize * source.channels;
  const unreadable = new Map<number, UnreadableImage>();
  const shown: (number | undefined)[] = Array.from(indices);
  const reading = {
    rule: options.unreadable ?? 'fail',
    shorterSide: plan.resize,
    signal,
    onUnreadable: (image: UnreadableImage) => void unreadable.set(image.sample, image),
  };
  await bounded(indices, DECODES_AT_ONCE, async (sample, row) => {
    // The draws are those of the place in the order, whatever image is shown there.
    const key = { seed, epoch, sample };
    const read = await readSample(source, key, reading);
    shown[row] = read?.sample;
    if (read === undefined) return;
    const { width, height } = read.image;
    const crop = cropGeometry(plan, { name: source.nameOf(read.sample), width, height }, key);
    writeCrop(read.image, crop, plan.inputSize, table, target.images.subarray(row * rowLength, (row + 1) * rowLength));
    target.labels[row] = source.label(read.sample);
  });
  return {
    indices: closeUp(target, shown, rowLength),
    unreadable: [...unreadable.values()].sort((a, b) => a.sample - b.sample),
  };
}

/** Moves the rows that hold an image together, in order, and gives their samples. */
function closeUp(
  { images, labels }: FillTarget,
  shown: readonly (number | undefined)[],
  rowLength: number,
): Uint32Array {
  const kept: number[] = [];
  for (const [row, sample] of shown.entries()) {
    if (sample === undefined) continue;
    if (kept.length !== row) {
      images.copyWithin(kept.length * rowLength, row * rowLength, (row + 1) * rowLength);
      labels[kept.length] = labels[row]!;
    }
    kept.push(sample);
  }
  return Uint32Array.from(kept);
}
