import type { RunConfig } from '@tandem/core';
import { HISTOGRAM_VALUES, histogramOf } from '@tandem/observability';
import type { Communication, GenerationMessage } from '@tandem/rpc';
import type { GradientWatch } from '@tandem/training';

/** Tells the coordinator how rank 0's gradients are spread in steps with a checkpoint, where TensorBoard's events are written. */
export function gradientHistograms(
  communication: Pick<Communication, 'report'>,
  { number: generation, rank }: Pick<GenerationMessage, 'number' | 'rank'>,
  { monitoring, checkpoint }: Pick<RunConfig, 'monitoring' | 'checkpoint'>,
): GradientWatch | undefined {
  if (!monitoring.tensorboard || rank !== 0) return undefined;
  return {
    wants: (step) => step % checkpoint.everySteps === 0,
    gradient: (step, parameter, values) => {
      const { bucketLimit, bucket, ...facts } = histogramOf(values, HISTOGRAM_VALUES);
      const buckets = { bucketLimit: [...bucketLimit], bucket: [...bucket] };
      communication.report({ gradient: { generation, step, parameter, ...facts, ...buckets } });
    },
  };
}
