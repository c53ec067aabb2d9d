import { ConfigurationError, RandomStream, StreamPurpose } from '@tandem/core';
import type { AugmentationPlan } from './plan.js';

/**
 * Where the crop's top left corner is in the unpadded image (negative in the padding), and what is done to it then, in this
 * order.
 */
export interface CropGeometry {
  readonly top: number;
  readonly left: number;
  /** Left and right exchanged. */
  readonly mirror: boolean;
  /** Top and bottom exchanged. */
  readonly flip: boolean;
  /** Quarter turns clockwise, 0 … 3. */
  readonly turns: number;
}

/** What an augmentation draw depends on: these three and nothing else. */
export interface DrawKey {
  readonly seed: number;
  /** Counts from 1. */
  readonly epoch: number;
  /** Index in the data set. */
  readonly sample: number;
}

const UPRIGHT = { mirror: false, flip: false, turns: 0 } as const;

export interface NamedSize {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

/**
 * The crop of an image of this size. Without `randomCrop` the centre, the larger part outside at the bottom and right
 * where it is odd. Throws a ConfigurationError (`TANDEM_DATA_IMAGE_TOO_SMALL`) if no crop fits.
 */
export function cropGeometry(plan: AugmentationPlan, image: NamedSize, key: DrawKey): CropGeometry {
  const { pad } = plan;
  const { rows, columns } = placesOf(plan, image);
  const centre = { top: (rows >> 1) - pad, left: (columns >> 1) - pad };
  if (!plan.randomCrop && !plan.mirror && !plan.flip && !plan.quarterTurns) return { ...centre, ...UPRIGHT };
  // The order of the draws is part of what fixes the bits of a run; all are taken, so that turning one off leaves the others.
  const draws = new RandomStream(key.seed, StreamPurpose.augmentation, key.epoch, key.sample);
  const top = draws.below(rows + 1);
  const left = draws.below(columns + 1);
  const mirrored = draws.below(2) === 1;
  const flipped = draws.below(2) === 1;
  const turns = draws.below(4);
  return {
    ...(plan.randomCrop ? { top: top - pad, left: left - pad } : centre),
    mirror: plan.mirror && mirrored,
    flip: plan.flip && flipped,
    turns: plan.quarterTurns ? turns : 0,
  };
}

/**
 * The ten crops of the paper's test, without draws: four corners of the central square and the centre, then the same
 * mirrored. The fifth is the crop of `cropGeometry` without draws. Throws as `cropGeometry` does.
 */
export function tenCrops(plan: AugmentationPlan, image: NamedSize): CropGeometry[] {
  const { rows, columns } = placesOf({ ...plan, pad: 0 }, image);
  const side = Math.min(image.width, image.height);
  const top = (image.height - side) >> 1;
  const left = (image.width - side) >> 1;
  const far = side - plan.inputSize;
  const places = [
    { top, left },
    { top, left: left + far },
    { top: top + far, left },
    { top: top + far, left: left + far },
    { top: rows >> 1, left: columns >> 1 },
  ];
  return [false, true].flatMap((mirror) => places.map((place) => ({ ...place, ...UPRIGHT, mirror })));
}

/** The crops that a plan takes of an image of this size. Throws as `cropGeometry` does. */
export function cropsOf(plan: AugmentationPlan, image: NamedSize, key: DrawKey): CropGeometry[] {
  return plan.crops === 10 ? tenCrops(plan, image) : [cropGeometry(plan, image, key)];
}

/** By how many pixels the crop can be moved down and right. */
function placesOf({ inputSize, pad }: AugmentationPlan, image: NamedSize): { rows: number; columns: number } {
  const rows = image.height + 2 * pad - inputSize;
  const columns = image.width + 2 * pad - inputSize;
  if (rows < 0 || columns < 0)
    throw new ConfigurationError({
      code: 'TANDEM_DATA_IMAGE_TOO_SMALL',
      what: `the image is ${image.width}×${image.height} pixels${pad === 0 ? '' : `, padded by ${pad},`} and a crop of ${inputSize}×${inputSize} does not fit`,
      where: image.name,
      expected: `at least ${inputSize - 2 * pad} pixels each way`,
      remedy: 'Set augment.resize, or a smaller model.inputSize.',
      context: { width: image.width, height: image.height, inputSize, pad },
    });
  return { rows, columns };
}
