import type { TimelineRecorder } from '@tandem/observability';
import type { BucketExchange } from '@tandem/training';

/** The same exchange, each wait for a bucket a span. */
export function traceBuckets(buckets: BucketExchange, timeline: TimelineRecorder): BucketExchange {
  return {
    partials: buckets.partials,
    mean: buckets.mean,
    contribute: (step, bucket) => buckets.contribute(step, bucket),
    isReduced: (step, bucket) => buckets.isReduced(step, bucket),
    wait: (step, bucket) => timeline.measure('wait', () => buckets.wait(step, bucket), bucket),
    bytesSent: (step) => buckets.bytesSent(step),
  };
}
