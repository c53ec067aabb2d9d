import { hostname } from 'node:os';
import type { RunConfig } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import type { RunMonitor } from '../run-monitor.js';
import { ExportLink, shownUrl } from './export-link.js';
import { type TraceSettings, traceSettings } from './trace-settings.js';
import { Traces } from './traces.js';

export interface OpenTraces {
  readonly monitor: RunMonitor;
  /** After the monitor is closed: lets the last spans leave. */
  close(): Promise<void>;
}

export interface OpenTracesOptions {
  readonly runId: () => string;
  readonly config: () => RunConfig;
  readonly version: string;
  readonly log: Logger;
}

/** What is to be traced, by configuration and environment; undefined: nothing. What is wanted and cannot be is said, and ends nothing. */
export function wantedTraces({ monitoring }: RunConfig, log: Logger): TraceSettings | undefined {
  const settings = traceSettings(monitoring.traces);
  if (settings === undefined || !('refused' in settings)) return settings;
  log.warn({ event: 'traces.paused' }, `no traces are sent: ${settings.refused}`);
  return undefined;
}

/** Whoever opens them closes them. */
export function openTraces({ url, everySteps }: TraceSettings, options: OpenTracesOptions): OpenTraces {
  const { log, version, runId, config } = options;
  const sink = new ExportLink({
    ...{ url, log },
    resource: {
      ...{ 'service.name': 'tandem', 'service.version': version },
      ...{ 'host.name': hostname(), 'process.pid': process.pid },
    },
  });
  const monitor = new Traces({ everySteps, sink, runId, microBatches: () => config().training.microBatches });
  const which = everySteps === 1 ? 'every step' : `each step that is a multiple of ${everySteps}`;
  log.info({ event: 'traces.sending' }, `traces of ${which} go to ${shownUrl(url)}`);
  return { monitor, close: () => sink.close() };
}
