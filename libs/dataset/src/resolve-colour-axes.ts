import { ConfigurationError, type RunConfig } from '@tandem/core';
import { type ColourAxes, colourAxes, IMAGENET_EIGENPAIRS } from './augmentation/colour-jitter.js';
import type { ImageSource } from './sources/image-source.js';
import { cachedColourCovariance } from './statistics/cached-covariance.js';
import { symmetricEigenpairs } from './statistics/symmetric-eigenpairs.js';

const RGB = 3;
const PAPER = { source: 'train', deviation: 0.1 } as const;

/**
 * The axes of `augment.colourJitter`; undefined where there is to be none. Reads the training set where its eigenpairs are
 * wanted and not known yet. Throws a ConfigurationError (`TANDEM_CONFIG_VALUE`) where images have no three channels.
 */
export async function resolveColourAxes(
  { augment, model }: Pick<RunConfig, 'augment' | 'model'>,
  train: ImageSource,
  resize: number | undefined,
  options: { readonly onError?: RunConfig['data']['onError']; readonly signal?: AbortSignal } = {},
): Promise<ColourAxes | undefined> {
  const { colourJitter, enabled } = augment;
  if (!enabled || colourJitter === false) return undefined;
  if (colourJitter === 'auto' && (model.name !== 'alexnet' || train.channels !== RGB)) return undefined;
  if (train.channels !== RGB)
    throw new ConfigurationError({
      code: 'TANDEM_CONFIG_VALUE',
      what: `augment.colourJitter is wanted of images with ${train.channels} channel(s)`,
      where: 'configuration',
      expected: 'images with three channels',
      remedy: 'Leave it out, or set it to auto.',
      context: { key: 'augment.colourJitter' },
    });
  const { source, deviation } = colourJitter === 'auto' ? PAPER : colourJitter;
  const eigenpairs =
    source === 'imagenet'
      ? IMAGENET_EIGENPAIRS
      : symmetricEigenpairs(await cachedColourCovariance(train, resize, options));
  return colourAxes(eigenpairs, deviation);
}
