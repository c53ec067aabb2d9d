import type { Trace, TraceAttributes } from './trace.js';

/** What the thread is started with. */
export interface ExportThreadData {
  readonly url: string;
  /** Of the sender, as far as OpenTelemetry's variables do not say otherwise. */
  readonly resource: TraceAttributes;
  readonly maxSpans: number;
}

export type ToExportThread =
  | { readonly kind: 'trace'; readonly trace: Trace }
  /** All that is there is to leave now. */
  | { readonly kind: 'flush' };

export type FromExportThread =
  | { readonly kind: 'sent'; readonly spans: number }
  | { readonly kind: 'failed'; readonly spans: number; readonly reason: string };
