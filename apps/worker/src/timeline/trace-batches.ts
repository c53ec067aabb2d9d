import type { TimelineRecorder } from '@tandem/observability';
import type { BatchSource } from '@tandem/training';

/** The same batches; the data thread's work for each becomes a span when it is asked for. */
export function traceBatches(batches: BatchSource, timeline: TimelineRecorder): BatchSource {
  return {
    next: async () => {
      const batch = await batches.next();
      const [startUs, endUs] = batch.preparedUs ?? [0, 0];
      if (endUs > 0) timeline.add('data', 'prepare batch', batch.step, startUs, endUs);
      return batch;
    },
  };
}
