import sharp from 'sharp';
import { type AugmentationPlan, imageLength } from './augmentation/plan.js';
import { writeImage } from './augmentation/write-image.js';
import { pixelTable } from './augmentation/write-crop.js';
import { decodeFile } from './sources/decode.js';
import type { PixelImage } from './sources/image-source.js';

export interface ImageFileRowsOptions {
  /** A plan without augmentation. Where it has no resize, the shorter side becomes the network's input. */
  readonly plan: AugmentationPlan;
  /** One a channel: with one, the image is made grey. */
  readonly mean: readonly number[];
}

/**
 * One JPEG or PNG file as the rows of an evaluation: crops × inputSize × inputSize × channels, (value − mean) · scale. Throws
 * a ConfigurationError (`TANDEM_DATA_IMAGE`) that names the file.
 */
export async function imageFileRows(file: string, { plan, mean }: ImageFileRowsOptions): Promise<Float32Array> {
  const colour = await decodeFile(file, { shorterSide: plan.resize ?? plan.inputSize });
  const image = mean.length === 1 ? await grey(colour) : colour;
  const out = new Float32Array(imageLength(plan, image.channels));
  const table = pixelTable(mean, plan.scale);
  writeImage({ image, name: file, plan, table, key: { seed: 0, epoch: 1, sample: 0 }, out });
  return out;
}

async function grey({ width, height, data }: PixelImage): Promise<PixelImage> {
  const pixels = await sharp(data, { raw: { width, height, channels: 3 } })
    .toColourspace('b-w')
    .raw({ depth: 'uchar' })
    .toBuffer();
  return { width, height, channels: 1, data: pixels };
}
