import { existsSync } from 'node:fs';
import { ConfigurationError, inputSizeOf, resolveDataPath, type RunConfig } from '@tandem/core';
import { type AugmentationPlan, compileAugmentation } from './augmentation/plan.js';
import { resolveColourAxes } from './resolve-colour-axes.js';
import type { ImageFormat, ImageSource } from './sources/image-source.js';
import { openImageSource } from './sources/open-image-source.js';
import { shardsAreAt } from './sources/webdataset/find-shards.js';
import { cachedChannelMeans } from './statistics/cached-means.js';
import { meansDoNotFit } from './stream/thread-client.js';

/** Everything that a configuration says about data, found and checked on this machine. */
export interface ResolvedDataset {
  readonly train: ImageSource;
  /** Absent when the configuration names none. */
  readonly eval: ImageSource | undefined;
  readonly inputSize: number;
  readonly channels: number;
  /** Outputs of the network: `model.classes`, or the classes of the training set. */
  readonly classes: number;
  readonly plan: AugmentationPlan;
  /** One a channel, in 0…255. */
  readonly mean: readonly number[];
}

/**
 * Opens the training and evaluation sets and settles what follows from them; computes the channel means where they are
 * `auto` and not known yet. Throws a ConfigurationError that names the folder, file or key.
 */
export async function resolveDataset(
  config: RunConfig,
  configFile?: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ResolvedDataset> {
  const { format } = config.data;
  const open = (path: string, limit?: number) =>
    openImageSource(
      format,
      resolveDataPath(path, configFile, format === 'webdataset' ? shardsAreAt : existsSync),
      limit,
    );
  const train = await open(config.data.train, config.data.limit);
  const evaluation = config.data.eval === undefined ? undefined : await open(config.data.eval, config.evaluation.limit);
  if (evaluation !== undefined) checkEvaluationClasses(train, evaluation);
  const classes = config.model.classes ?? train.classes.length;
  if (classes < train.classes.length)
    throw new ConfigurationError({
      code: 'TANDEM_DATA_CLASSES',
      what: `model.classes is ${classes}, but the training set has ${train.classes.length} classes`,
      where: train.path,
      expected: 'at least as many outputs as classes',
      remedy: 'Leave model.classes out to take the number from the data.',
      context: { key: 'model.classes' },
    });
  const inputSize = inputSizeOf(config.model);
  const plan = compileAugmentation(config, { format, inputSize });
  const { mean } = config.data;
  if (mean !== 'auto' && mean.length !== train.channels) throw meansDoNotFit(mean, train.channels);
  const reading = { onError: config.data.onError, ...options };
  const colourAxes = await resolveColourAxes(config, train, plan.resize, reading);
  return {
    train,
    eval: evaluation,
    inputSize,
    channels: train.channels,
    classes,
    plan: colourAxes === undefined ? plan : { ...plan, colourAxes },
    mean: mean === 'auto' ? await cachedChannelMeans(train, plan.resize, reading) : mean,
  };
}

/** Their classes are numbers up to the highest that is there. */
const NUMBERED: readonly ImageFormat[] = ['idx', 'webdataset'];

/**
 * The same name must mean the same label in both; labels without names may leave the highest ones out of a small evaluation
 * set. Throws a ConfigurationError (`TANDEM_DATA_CLASSES`).
 */
export function checkEvaluationClasses(
  train: Pick<ImageSource, 'classes' | 'path'>,
  evaluation: Pick<ImageSource, 'classes' | 'path' | 'format'>,
): void {
  const names =
    NUMBERED.includes(evaluation.format) && evaluation.classes.length <= train.classes.length ? [] : evaluation.classes;
  const longest = names.length === 0 ? 0 : Math.max(names.length, train.classes.length);
  for (let label = 0; label < longest; label++)
    if (names[label] !== train.classes[label])
      throw new ConfigurationError({
        code: 'TANDEM_DATA_CLASSES',
        what: `class ${label} is ${named(names[label])} here and ${named(train.classes[label])} in the training set`,
        where: evaluation.path,
        expected: `the classes of ${train.path}`,
      });
}

function named(name: string | undefined): string {
  return name === undefined ? 'missing' : `"${name}"`;
}
