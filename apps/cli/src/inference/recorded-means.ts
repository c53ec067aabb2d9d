import { existsSync } from 'node:fs';
import type { CheckpointManifest } from '@tandem/checkpoint';
import { ConfigurationError, inputSizeOf, type RunConfig } from '@tandem/core';
import { cachedChannelMeans, compileAugmentation, openImageSource } from '@tandem/dataset';

export interface RecordedMeansOptions {
  readonly directory: string;
  readonly manifest: CheckpointManifest;
  readonly config: RunConfig;
  readonly channels: number;
}

/**
 * The channel means that a network was trained with: `data.mean` where it has numbers, else those in the manifest, else, of
 * an old checkpoint, those of the training set. Throws a ConfigurationError (`TANDEM_CHECKPOINT_MEANS`) where none is to be had.
 */
export async function recordedMeans(options: RecordedMeansOptions): Promise<readonly number[]> {
  const { directory, manifest, config, channels } = options;
  const { mean, format, train, limit, onError } = config.data;
  const known = mean === 'auto' ? manifest.channelMeans : mean;
  if (known?.length === channels) return known;
  if (known === undefined && existsSync(train)) {
    const { resize } = compileAugmentation(config, { format, inputSize: inputSizeOf(config.model) });
    return cachedChannelMeans(await openImageSource(format, train, limit), resize, { onError });
  }
  throw new ConfigurationError({
    code: 'TANDEM_CHECKPOINT_MEANS',
    what:
      known === undefined
        ? `the checkpoint does not say its channel means, and its training set ${train} is not here`
        : `there are ${known.length} channel means`,
    where: directory,
    expected: `${channels} channel means`,
    remedy: 'Give them with --set data.mean=[…].',
    context: { key: 'data.mean' },
  });
}
