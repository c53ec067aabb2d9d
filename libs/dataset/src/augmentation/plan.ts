import { ConfigurationError, pixelScaleOf, type RunConfig } from '@tandem/core';
import type { ImageFormat } from '../sources/image-source.js';
import type { ColourAxes } from './colour-jitter.js';
import type { ResizedCrop } from './resized-crop.js';

/** What is done to every image of a stream; nothing left open. Plain data, so that it can be handed to a thread. */
export interface AugmentationPlan {
  /** Height and width of the crop, in pixels: the network's input. */
  readonly inputSize: number;
  /** Shorter side after resizing; undefined: images stay as they are stored. */
  readonly resize: number | undefined;
  /** Zero pixels put on each side before the crop. */
  readonly pad: number;
  /** A crop at a drawn place; otherwise the centre. */
  readonly randomCrop: boolean;
  /** In place of resize and crop, where there is one: a part of the stored image, resized to the input. */
  readonly resizedCrop?: ResizedCrop | undefined;
  /** Mirror left and right, with probability ½. */
  readonly mirror: boolean;
  /** Turn upside down (mirror top and bottom), with probability ½. */
  readonly flip: boolean;
  /** Turn by 0, 1, 2 or 3 quarters, each equally likely. */
  readonly quarterTurns: boolean;
  /** Colour jitter, where there is one. */
  readonly colourAxes?: ColourAxes | undefined;
  /** What a pixel is multiplied by once its channel's mean is taken off. */
  readonly scale: number;
  /** Rows that an image becomes: 1, or the ten of `tenCrops`. */
  readonly crops: EvaluationCrops;
}

export type EvaluationCrops = RunConfig['evaluation']['crops'];

export interface AugmentationSubject {
  readonly format: ImageFormat;
  readonly inputSize: number;
}

/** The paper crops 227 from 256; other input sizes keep the proportion. */
const RESIZE_TO_CROP = 256 / 227;
const IDX_PAD = 2;

/** The plan for training images, but for the colour axes, which take the images. Throws a ConfigurationError if no crop of `inputSize` fits what `augment.resize` leaves. */
export function compileAugmentation(
  config: Pick<RunConfig, 'augment' | 'data' | 'model'>,
  subject: AugmentationSubject,
): AugmentationPlan {
  const { augment } = config;
  const { format, inputSize } = subject;
  const folder = format !== 'idx';
  const resize = augment.resize ?? (folder ? Math.round(inputSize * RESIZE_TO_CROP) : undefined);
  const resizedCrop = augment.crop === 'random-resized';
  const pad = augment.enabled && !resizedCrop ? (augment.pad ?? (folder ? 0 : IDX_PAD)) : 0;
  // Evaluation crops the same images without padding, so the pad cannot make up for a resize that is too small.
  if (resize !== undefined && resize < inputSize)
    throw new ConfigurationError({
      code: 'TANDEM_CONFIG_VALUE',
      what: `augment.resize is ${resize}, less than the network's input of ${inputSize}`,
      where: 'configuration',
      expected: `at least model.inputSize (${inputSize})`,
      context: { key: 'augment.resize' },
    });
  const { enabled } = augment;
  return {
    inputSize,
    resize,
    pad,
    randomCrop: enabled && !resizedCrop,
    ...(enabled && resizedCrop && { resizedCrop: { scale: augment.scale, ratio: augment.ratio } }),
    mirror: enabled && augment.mirror,
    flip: enabled && augment.flip,
    quarterTurns: enabled && augment.rotate === 'quarter',
    scale: pixelScaleOf(config),
    crops: 1,
  };
}

/** The plan for evaluation beside a plan for training: the same resize, then the centre or the ten crops. */
export function withoutAugmentation(plan: AugmentationPlan, crops: EvaluationCrops = 1): AugmentationPlan {
  return {
    ...plan,
    pad: 0,
    randomCrop: false,
    resizedCrop: undefined,
    mirror: false,
    flip: false,
    quarterTurns: false,
    colourAxes: undefined,
    crops,
  };
}

/** Floats that an image becomes. */
export function imageLength({ inputSize, crops }: AugmentationPlan, channels: number): number {
  return crops * inputSize * inputSize * channels;
}
