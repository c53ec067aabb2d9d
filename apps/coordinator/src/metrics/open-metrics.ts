import { describeError } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import { metricsFile } from '../run-directory.js';
import { MetricsFile } from './metrics-file.js';

/**
 * metrics.jsonl of the run, with what it has of steps up to `keptUpTo`; says it when a disk cannot take rows. Throws a RunError
 * (`TANDEM_METRICS_WRITE`).
 */
export function openMetrics(
  runDirectory: string,
  { keptUpTo, log }: { readonly keptUpTo: number; readonly log: Logger },
): MetricsFile {
  return new MetricsFile(metricsFile(runDirectory), keptUpTo, {
    paused: (error) =>
      log.error(
        { event: 'metrics.paused', err: error },
        `METRICS ARE HELD BACK: ${describeError(error)}. Training goes on; rows are written later`,
      ),
    resumed: (rows) =>
      log.warn(
        { event: 'metrics.resumed', rows },
        `metrics are written again, ${rows} rows that were held back with them`,
      ),
  });
}
