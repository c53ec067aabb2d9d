import type { CheckpointManifest } from '@tandem/checkpoint';
import { NativeOperations } from '@tandem/model';
import { loadTensorFlow } from '@tandem/runtime';
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
  const operations = new NativeOperations(loadTensorFlow({ threads, device: deviceOf(flags.device) }));
  const { network, weights } = checkpoint;
  return { ...checkpoint, classifier: new FixedClassifier(network, operations, weights) };
}

function threadsOf({ config }: CheckpointManifest): number {
  const threads = (config['cluster'] as { threads?: unknown } | undefined)?.threads;
  return typeof threads === 'number' ? threads : 1;
}
