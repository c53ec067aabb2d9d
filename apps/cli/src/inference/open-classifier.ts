import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type CheckpointManifest, newestCheckpoint, readManifest, readWeights } from '@tandem/checkpoint';
import { inputSizeOf, parseConfig, type RunConfig } from '@tandem/core';
import { type AugmentationPlan, compileAugmentation, withoutAugmentation } from '@tandem/dataset';
import { buildNetwork, NativeOperations } from '@tandem/model';
import { loadTensorFlow } from '@tandem/runtime';
import { FixedClassifier } from '@tandem/training';
import { deviceOf } from '../device.js';
import { recordedMeans } from './recorded-means.js';
import type { InferenceFlags } from './inference-flags.js';

/** A checkpoint's network, and how images are made ready for it. */
export interface OpenClassifier {
  /** The checkpoint's folder. */
  readonly directory: string;
  readonly manifest: CheckpointManifest;
  /** The sections of the checkpoint's configuration that say what it classifies and how. */
  readonly config: RunConfig;
  readonly classifier: FixedClassifier;
  /** Without augmentation. */
  readonly plan: AugmentationPlan;
  /** One a channel, 0…255. */
  readonly mean: readonly number[];
}

const SECTIONS = ['model', 'data', 'augment', 'evaluation'] as const;

/** Reads a checkpoint, or a run's newest. Throws a ConfigurationError that names the file, key or parameter. */
export async function openClassifier(flags: InferenceFlags): Promise<OpenClassifier> {
  const directory = await checkpointDirectory(flags.checkpoint);
  const manifest = await readManifest(directory);
  const config = recordedConfig(directory, manifest, flags);
  // All networks begin with a convolution that is not grouped, and end with a bias for each output.
  const channels = manifest.parameters[0]!.shape[2]!;
  const classes = manifest.parameters.at(-1)!.shape[0]!;
  const network = buildNetwork(config.model, { classes, channels });
  const weights = await readWeights(directory, network.parameters);
  const mean = await recordedMeans({ directory, manifest, config, channels });
  const training = compileAugmentation(config, { format: config.data.format, inputSize: inputSizeOf(config.model) });
  const plan = withoutAugmentation(training, config.evaluation.crops);
  const threads = flags.threads ?? threadsOf(manifest);
  const operations = new NativeOperations(loadTensorFlow({ threads, device: deviceOf(flags.device) }));
  return { directory, manifest, config, classifier: new FixedClassifier(network, operations, weights), plan, mean };
}

/** The name of an output of the network. */
export function className({ classes }: CheckpointManifest, label: number): string {
  return classes[label] ?? `class ${label}`;
}

async function checkpointDirectory(given: string): Promise<string> {
  if (existsSync(join(given, 'manifest.json'))) return given;
  return (await newestCheckpoint(given)).checkpoint?.directory ?? given;
}

/** Other sections are of the run that is over: what another version of Tandem had in them does not matter here. */
function recordedConfig(directory: string, manifest: CheckpointManifest, { set, crops }: InferenceFlags): RunConfig {
  const sections = Object.fromEntries(SECTIONS.map((section) => [section, manifest.config[section]]));
  return parseConfig(JSON.stringify(sections), {
    file: join(directory, 'manifest.json'),
    overrides: [...(set ?? []), ...(crops === undefined ? [] : [`evaluation.crops=${crops}`])],
  });
}

function threadsOf({ config }: CheckpointManifest): number {
  const threads = (config['cluster'] as { threads?: unknown } | undefined)?.threads;
  return typeof threads === 'number' ? threads : 1;
}
