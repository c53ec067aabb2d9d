import { colourShift } from '../augmentation/colour-jitter.js';
import { cropWindow } from '../augmentation/crop-window.js';
import { type AugmentationPlan, imageLength } from '../augmentation/plan.js';
import { resizedCropOf } from '../augmentation/resized-crop.js';
import { writeImage } from '../augmentation/write-image.js';
import { pixelTable } from '../augmentation/write-crop.js';
import type { ImageSource } from '../sources/image-source.js';
import { bounded, DECODES_AT_ONCE } from './bounded.js';
import { readSample, type UnreadableImage, type UnreadableRule } from './read-sample.js';

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
  /** Default: `fail`. */
  readonly unreadable?: UnreadableRule;
  readonly signal?: AbortSignal;
}

export interface Filled {
  /** The sample whose image each place holds; as many as were filled. */
  readonly indices: Uint32Array;
  /** Images that could not be decoded, in the order of their samples. */
  readonly unreadable: readonly UnreadableImage[];
}

/**
 * Decodes, augments and writes the samples `indices` to `target`, each once decoded, several at once. A row depends on its own
 * sample only. The places of samples that are left out are closed up.
 */
export async function fillRows(target: FillTarget, options: FillOptions): Promise<Filled> {
  const { source, plan, mean, seed, epoch, indices, signal } = options;
  const { colourAxes, resizedCrop, inputSize, scale } = plan;
  const plain = pixelTable(mean, scale);
  const length = imageLength(plan, source.channels);
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
    const part = resizedCrop && resizedCropOf(resizedCrop, inputSize, key);
    const window = (width: number, height: number) => cropWindow(plan, width, height, key);
    const read = await readSample(source, key, { ...reading, part, window });
    shown[row] = read?.sample;
    if (read === undefined) return;
    const name = source.nameOf(read.sample);
    const out = target.images.subarray(row * length, (row + 1) * length);
    const table = colourAxes === undefined ? plain : pixelTable(mean, scale, colourShift(colourAxes, key));
    writeImage({ image: read.image, name, plan, table, key, out });
    target.labels[row] = source.label(read.sample);
  });
  return {
    indices: closeUp(target, shown, length),
    unreadable: [...unreadable.values()].sort((a, b) => a.sample - b.sample),
  };
}

/** Moves the places that hold an image together, in order, and gives their samples. */
function closeUp({ images, labels }: FillTarget, shown: readonly (number | undefined)[], length: number): Uint32Array {
  const kept: number[] = [];
  for (const [row, sample] of shown.entries()) {
    if (sample === undefined) continue;
    if (kept.length !== row) {
      images.copyWithin(kept.length * length, row * length, (row + 1) * length);
      labels[kept.length] = labels[row]!;
    }
    kept.push(sample);
  }
  return Uint32Array.from(kept);
}
