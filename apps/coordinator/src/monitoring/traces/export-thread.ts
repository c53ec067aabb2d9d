import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { type HrTime, ROOT_CONTEXT, type SpanContext, SpanStatusCode, trace as traceApi } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { invariant } from '@tandem/core';
import type { ExportThreadData, FromExportThread, ToExportThread } from './export-messages.js';
import { failureText } from './failure-text.js';
import type { Trace } from './trace.js';

// The entry of the thread that sends traces: the only place where OpenTelemetry is loaded. The coordinator ends it whenever it likes.
invariant(parentPort !== null, 'export-thread was started as a program');
const port = parentPort;
const { url, resource, maxSpans } = workerData as ExportThreadData;
const say = (message: FromExportThread) => port.postMessage(message);

/** Tells the coordinator what became of spans. */
class ReportingExporter implements SpanExporter {
  // Headers, timeout, compression and certificates are OTEL_EXPORTER_OTLP_*'s.
  readonly #exporter = new OTLPTraceExporter({ url });

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      if (result.code === ExportResultCode.SUCCESS) say({ kind: 'sent', spans: spans.length });
      else say({ kind: 'failed', spans: spans.length, reason: failureText(result.error) });
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}

let traceId = '';
const exporter = new ReportingExporter();
const provider = new TracerProvider({
  resource: resourceFromAttributes(resource).merge(detectResources({ detectors: [envDetector] })),
  // monitoring.traces.everySteps has chosen already.
  sampler: new AlwaysOnSampler(),
  idGenerator: { generateTraceId: () => traceId, generateSpanId: () => randomBytes(8).toString('hex') },
  spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize: maxSpans })],
});
const tracer = provider.getTracer('tandem', String(resource['service.version']));

function record(trace: Trace): void {
  traceId = trace.id;
  const contexts: SpanContext[] = [];
  for (const { name, parent, startUs, endUs, attributes, error } of trace.spans) {
    const context = parent === undefined ? ROOT_CONTEXT : traceApi.setSpanContext(ROOT_CONTEXT, contexts[parent]!);
    const span = tracer.startSpan(name, { startTime: hrTime(startUs), attributes }, context);
    if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
    span.end(hrTime(endUs));
    contexts.push(span.spanContext());
  }
}

/** Seconds and nanoseconds since 1970. */
function hrTime(us: number): HrTime {
  const seconds = Math.floor(us / 1e6);
  return [seconds, Math.min(999_999_999, Math.round((us - seconds * 1e6) * 1e3))];
}

// Of nothing: whether the collector takes what it is sent shows now, and not when the first trace is there.
exporter.export([], () => undefined);

port.on('message', (message: ToExportThread) => {
  if (message.kind === 'trace') return record(message.trace);
  // What becomes of it is told batch by batch.
  provider.forceFlush().catch(() => undefined);
});
