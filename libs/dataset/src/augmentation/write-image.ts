import type { PixelImage } from '../sources/image-source.js';
import { cropGeometry, type DrawKey, tenCrops } from './geometry.js';
import type { AugmentationPlan } from './plan.js';
import { type PixelTable, writeCrop } from './write-crop.js';

export interface WriteImageOptions {
  /** Resized as the plan says. */
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
  const size = { name, width: image.width, height: image.height };
  const geometries = crops === 10 ? tenCrops(plan, size) : [cropGeometry(plan, size, key)];
  const length = out.length / crops;
  for (const [row, geometry] of geometries.entries())
    writeCrop(image, geometry, inputSize, table, out.subarray(row * length, (row + 1) * length));
}
