import type { WorkerRecord } from '@tandem/coordinator';

/** What a worker computed with. The version of another engine than the native one has its name in it. */
export function engineText({ engine = 'native', tensorflow }: Pick<WorkerRecord, 'engine' | 'tensorflow'>): string {
  return engine === 'native' ? `TensorFlow ${tensorflow}` : tensorflow;
}
