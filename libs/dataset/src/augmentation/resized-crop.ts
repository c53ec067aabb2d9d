import { RandomStream, StreamPurpose } from '@tandem/core';
import type { ImagePart, Region } from '../sources/image-source.js';
import type { DrawKey } from './geometry.js';

/** Bounds of a draw, the smaller first. */
export type Bounds = readonly [number, number];

export interface ResizedCrop {
  /** The crop's part of the image's area. */
  readonly scale: Bounds;
  /** Its width ⁄ height. */
  readonly ratio: Bounds;
}

/** After so many draws that do not fit, the centre is taken. */
const TRIES = 10;

/**
 * Which part of an image of this size is taken: its area uniform in `scale`, the logarithm of its aspect in `ratio`, its place
 * uniform; where ten draws do not fit, the largest centre within `ratio`. The rule of torchvision's RandomResizedCrop
 * (`get_params` in torchvision/transforms/transforms.py), which took it from Inception (Szegedy et al. 2015, arXiv 1409.4842,
 * section 6). A function of `key`.
 */
export function resizedCropRegion({ scale, ratio }: ResizedCrop, width: number, height: number, key: DrawKey): Region {
  const draws = new RandomStream(key.seed, StreamPurpose.resizedCrop, key.epoch, key.sample);
  const between = (low: number, high: number) => low + (high - low) * draws.uniform();
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const area = width * height * between(...scale);
    const aspect = Math.exp(between(Math.log(ratio[0]), Math.log(ratio[1])));
    const crop = { width: Math.round(Math.sqrt(area * aspect)), height: Math.round(Math.sqrt(area / aspect)) };
    if (crop.width < 1 || crop.width > width || crop.height < 1 || crop.height > height) continue;
    return { top: draws.below(height - crop.height + 1), left: draws.below(width - crop.width + 1), ...crop };
  }
  return centreWithin(ratio, width, height);
}

/** The part that is read of this use of a sample. */
export function resizedCropOf(crop: ResizedCrop, side: number, key: DrawKey): ImagePart {
  return { side, regionOf: (width, height) => resizedCropRegion(crop, width, height, key) };
}

function centreWithin([narrowest, widest]: Bounds, width: number, height: number): Region {
  // A very narrow image would leave no pixel.
  const crop = {
    width: Math.max(1, Math.min(width, Math.round(height * widest))),
    height: Math.max(1, Math.min(height, Math.round(width / narrowest))),
  };
  return { top: (height - crop.height) >> 1, left: (width - crop.width) >> 1, ...crop };
}
