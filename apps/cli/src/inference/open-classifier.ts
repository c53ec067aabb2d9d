import type { CheckpointManifest } from '@tandem/checkpoint';
import { openEngine } from '@tandem/model';
import { FixedClassifier } from '@tandem/training';
import { deviceOf } from '../device.js';
import type { InferenceFlags } from './inference-flags.js';
import { openCheckpoint, type OpenCheckpoint } from './open-checkpoint.js';

/** A checkpoint that is ready to classify. The caller disposes the classifier. */
export interface OpenClassifier extends OpenCheckpoint {
  readonly classifier: FixedClassifier;
}

/** Reads a checkpoint, or a run's newest. Throws a ConfigurationError that names the file, key or parameter. */
export async function openClassifier(flags: InferenceFlags): Promise<OpenClassifier> {
  const checkpoint = await openCheckpoint(flags);
  const threads = flags.threads ?? threadsOf(checkpoint.manifest);
  const { network, weights, config } = checkpoint;
  const { engine, fallback } = await openEngine({
    choice: flags.engine ?? 'auto',
    model: config.model.name,
    device: deviceOf(flags.device),
    threads,
  });
  if (fallback !== undefined)
    process.stderr.write(`tandem: computed on WebAssembly, because the native engine cannot be had: ${fallback}\n`);
  return { ...checkpoint, classifier: new FixedClassifier(network, engine, weights) };
}

function threadsOf({ config }: CheckpointManifest): number {
  const threads = (config['cluster'] as { threads?: unknown } | undefined)?.threads;
  return typeof threads === 'number' ? threads : 1;
}
