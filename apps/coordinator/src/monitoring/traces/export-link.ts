import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Deferred, threadEntry, withTimeout } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import type { ExportThreadData, FromExportThread, ToExportThread } from './export-messages.js';
import type { TraceSink } from './trace-sink.js';
import type { Trace, TraceAttributes } from './trace.js';

/** Spans on their way: some 20 MB. What comes on top is left out, and counted. */
const MAX_SPANS = 16_384;

/** How long the last spans have to leave when the run is over. */
export const TRACE_FLUSH_TIMEOUT_MS = 5_000;

/** A collector that stays away is told of again after so long. */
const WARN_EVERY_MS = 600_000;

export interface ExportLinkOptions {
  readonly url: string;
  readonly resource: TraceAttributes;
  readonly log: Logger;
  /** What the thread runs, for tests. */
  readonly entry?: URL;
  /** Default: TRACE_FLUSH_TIMEOUT_MS. */
  readonly flushTimeoutMs?: number;
}

/**
 * Sends traces from a thread of its own, in which OpenTelemetry's exporter may wait and try again as it likes: a collector that is slow or
 * away takes no time of the coordinator's, and none at the end of the run but TRACE_FLUSH_TIMEOUT_MS.
 */
export class ExportLink implements TraceSink {
  readonly #options: ExportLinkOptions;
  readonly #thread: Worker;
  readonly #exited: Promise<unknown>;
  /** No span is on its way any more, while this closes. */
  readonly #settled = new Deferred<void>();
  #waiting = 0;
  #missing = 0;
  #isFailing = false;
  #isGone = false;
  #warnedMs = -Infinity;
  #closing: Promise<void> | undefined;

  constructor(options: ExportLinkOptions) {
    this.#options = options;
    const { url, resource, entry = threadEntry(import.meta.url, './export-thread.js') } = options;
    const workerData: ExportThreadData = { url, resource, maxSpans: MAX_SPANS };
    // Not with the conditions and loaders that a source tree is run with.
    this.#thread = new Worker(entry, { name: 'tandem-traces', workerData, execArgv: [] });
    // It keeps no process from ending.
    this.#thread.unref();
    this.#thread.on('message', (message: FromExportThread) => this.#receive(message));
    this.#thread.on('error', (error) => this.#fail(`the thread that sends them died: ${error.message}`));
    this.#exited = once(this.#thread, 'exit').then(
      () => (this.#isGone = true),
      () => (this.#isGone = true),
    );
  }

  send(trace: Trace): void {
    const spans = trace.spans.length;
    if (this.#isGone || this.#closing !== undefined || this.#waiting + spans > MAX_SPANS) {
      this.#missing += spans;
      return;
    }
    this.#waiting += spans;
    this.#thread.postMessage({ kind: 'trace', trace } satisfies ToExportThread);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    // Where the last could not be sent, these will not be either.
    if (this.#waiting > 0 && !this.#isFailing && !this.#isGone) {
      this.#thread.postMessage({ kind: 'flush' } satisfies ToExportThread);
      const { flushTimeoutMs = TRACE_FLUSH_TIMEOUT_MS } = this.#options;
      await withTimeout(Promise.race([this.#settled.promise, this.#exited]), {
        name: 'TRACE_FLUSH_TIMEOUT_MS',
        ms: flushTimeoutMs,
        waitingFor: 'the last spans to leave',
      }).catch(() => undefined);
    }
    await this.#thread.terminate();
    this.#missing += this.#waiting;
    this.#waiting = 0;
    if (this.#missing > 0)
      this.#options.log.warn(
        { event: 'traces.incomplete', spans: this.#missing },
        `${this.#missing} spans of traces did not get to ${shownUrl(this.#options.url)}`,
      );
  }

  #receive(message: FromExportThread): void {
    this.#waiting -= message.spans;
    if (this.#waiting === 0 && this.#closing !== undefined) this.#settled.resolve();
    this.#isFailing = message.kind === 'failed';
    if (message.kind === 'sent') return;
    this.#missing += message.spans;
    this.#fail(message.reason);
  }

  #fail(reason: string): void {
    const now = performance.now();
    if (now - this.#warnedMs < WARN_EVERY_MS) return;
    this.#warnedMs = now;
    this.#options.log.warn(
      { event: 'traces.paused' },
      `traces cannot be sent to ${shownUrl(this.#options.url)} (${reason}): training goes on without`,
    );
  }
}

/** Without what lets its holder in. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
