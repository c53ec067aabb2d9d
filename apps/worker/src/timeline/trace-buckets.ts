import type { TimelineRecorder } from '@tandem/observability';
import type { BucketExchange } from '@tandem/training';

/** The same exchange, each wait for a bucket a span. */
export function traceBuckets(buckets: BucketExchange, timeline: TimelineRecorder): BucketExchange {
  return {
    partials: buckets.partials,
    mean: buckets.mean,
    contribute: (step, bucket) => buckets.contribute(step, bucket),
    isReducedWithin: (ms, step, bucket) => {
      const look = () => buckets.isReducedWithin(ms, step, bucket);
      return ms > 0 ? timeline.measure('wait', look, bucket) : look();
    },
    wait: (step, bucket) => timeline.measure('wait', () => buckets.wait(step, bucket), bucket),
    bytesSent: (step) => buckets.bytesSent(step),
  };
}
