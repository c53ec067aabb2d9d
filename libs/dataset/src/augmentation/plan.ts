import { ConfigurationError, pixelScaleOf, type RunConfig } from '@tandem/core';
import type { ImageFormat } from '../sources/image-source.js';
import type { ColourAxes } from './colour-jitter.js';

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
  /** Mirror left and right, with probability ½. */
  readonly mirror: boolean;
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
  const pad = augment.enabled ? (augment.pad ?? (folder ? 0 : IDX_PAD)) : 0;
  // Evaluation crops the same images without padding, so the pad cannot make up for a resize that is too small.
  if (resize !== undefined && resize < inputSize)
    throw new ConfigurationError({
      code: 'TANDEM_CONFIG_VALUE',
      what: `augment.resize is ${resize}, less than the network's input of ${inputSize}`,
      where: 'configuration',
      expected: `at least model.inputSize (${inputSize})`,
      context: { key: 'augment.resize' },
    });
  const { enabled, mirror } = augment;
  const scale = pixelScaleOf(config);
  return { inputSize, resize, pad, randomCrop: enabled, mirror: enabled && mirror, scale, crops: 1 };
}

/** The plan for evaluation beside a plan for training: the same resize, then the centre or the ten crops. */
export function withoutAugmentation(plan: AugmentationPlan, crops: EvaluationCrops = 1): AugmentationPlan {
  return { ...plan, pad: 0, randomCrop: false, mirror: false, colourAxes: undefined, crops };
}

/** Floats that an image becomes. */
export function imageLength({ inputSize, crops }: AugmentationPlan, channels: number): number {
  return crops * inputSize * inputSize * channels;
}
