import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type CheckpointManifest, newestCheckpoint, readManifest, readWeights } from '@tandem/checkpoint';
import { ConfigurationError, inputSizeOf, type RunConfig } from '@tandem/core';
import { parseConfig } from '@tandem/core/config';
import { type AugmentationPlan, compileAugmentation, withoutAugmentation } from '@tandem/dataset';
import { loadNetwork, type Network } from '@tandem/model';
import type { InferenceFlags } from './inference-flags.js';
import { recordedMeans } from './recorded-means.js';

/** A checkpoint's network with its weights, and how images are made ready for it. Takes no TensorFlow. */
export interface OpenCheckpoint {
  /** The checkpoint's folder. */
  readonly directory: string;
  readonly manifest: CheckpointManifest;
  /** The sections of the checkpoint's configuration that say what it classifies and how. */
  readonly config: RunConfig;
  readonly network: Network;
  /** All parameters, flat, in parameter order. */
  readonly weights: Float32Array;
  /** Without augmentation. */
  readonly plan: AugmentationPlan;
  /** One a channel, 0…255. */
  readonly mean: readonly number[];
}

export type CheckpointFlags = Pick<InferenceFlags, 'checkpoint' | 'crops' | 'modules' | 'set'>;

const SECTIONS = ['model', 'data', 'augment', 'evaluation'] as const;

/** Reads a checkpoint, or a run's newest. Throws a ConfigurationError that names the file, key or parameter. */
export async function openCheckpoint(flags: CheckpointFlags): Promise<OpenCheckpoint> {
  const directory = await checkpointDirectory(flags.checkpoint);
  const manifest = await readManifest(directory);
  const config = recordedConfig(directory, manifest, flags);
  const { classes, channels } = dataOf(manifest, config);
  const { network } = await loadNetwork(config.model, { classes, channels }, flags.modules);
  const weights = await readWeights(directory, network.parameters);
  const mean = await recordedMeans({ directory, manifest, config, channels });
  const training = compileAugmentation(config, { format: config.data.format, inputSize: inputSizeOf(config.model) });
  const plan = withoutAugmentation(training, config.evaluation.crops);
  return { directory, manifest, config, network, weights, plan, mean };
}

/** How many classes and channels the network was built for. */
function dataOf({ classes, channelMeans = [], parameters }: CheckpointManifest, { model }: RunConfig) {
  if (model.name === 'module') return { classes: classes.length, channels: channelMeans.length };
  // Tandem's networks begin with a convolution that is not grouped, and end with a bias for each output.
  return { channels: parameters[0]!.shape[2]!, classes: parameters.at(-1)!.shape[0]! };
}

/** The name of an output of the network. */
export function className({ classes }: CheckpointManifest, label: number): string {
  return classes[label] ?? `class ${label}`;
}

async function checkpointDirectory(given: string): Promise<string> {
  if (existsSync(join(given, 'manifest.json'))) return given;
  const { checkpoint, broken } = await newestCheckpoint(given);
  if (checkpoint !== undefined) {
    for (const { reason } of broken)
      process.stderr.write(`A newer checkpoint is broken, ${checkpoint.directory} is used: ${reason}\n`);
    return checkpoint.directory;
  }
  const [newest] = broken;
  throw new ConfigurationError({
    code: 'TANDEM_CHECKPOINT_NOT_FOUND',
    what: newest === undefined ? 'there is no checkpoint' : `no checkpoint is whole; of the newest: ${newest.reason}`,
    where: given,
    expected: 'a checkpoint’s folder (…/checkpoints/step-…), or a run directory with one',
    remedy: 'Name another with --checkpoint.',
  });
}

/** Other sections are of the run that is over: what another version of Tandem had in them does not matter here. */
function recordedConfig(directory: string, manifest: CheckpointManifest, { set, crops }: CheckpointFlags): RunConfig {
  const sections = Object.fromEntries(SECTIONS.map((section) => [section, manifest.config[section]]));
  return parseConfig(JSON.stringify(sections), {
    file: join(directory, 'manifest.json'),
    overrides: [...(set ?? []), ...(crops === undefined ? [] : [`evaluation.crops=${crops}`])],
  });
}
