import type { PixelImage } from '../sources/image-source.js';
import { cropsOf, type DrawKey } from './geometry.js';
import type { AugmentationPlan } from './plan.js';
import { type PixelTable, writeCrop } from './write-crop.js';

export interface WriteImageOptions {
  /** Resized as the plan says, or the part of it that `cropWindow` asks for. */
  readonly image: PixelImage;
  /** For errors. */
  readonly name: string;
  readonly plan: AugmentationPlan;
  readonly table: PixelTable;
  readonly key: DrawKey;
  /** `imageLength(plan, channels)` floats. */
  readonly out: Float32Array;
}

/** Writes the rows that an image becomes, one or ten crops, to `out`. Throws as `cropGeometry` does. */
export function writeImage({ image, name, plan, table, key, out }: WriteImageOptions): void {
  const { inputSize, crops } = plan;
  const whole = image.cutFrom ?? { top: 0, left: 0, width: image.width, height: image.height };
  const length = out.length / crops;
  for (const [row, crop] of cropsOf(plan, { name, width: whole.width, height: whole.height }, key).entries()) {
    const place = { ...crop, top: crop.top - whole.top, left: crop.left - whole.left };
    writeCrop(image, place, inputSize, table, out.subarray(row * length, (row + 1) * length));
  }
}
