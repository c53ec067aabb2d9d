import type { Trace } from './trace.js';

/** Takes finished traces. It is never waited for and never throws: what it cannot take is its own matter. */
export interface TraceSink {
  send(trace: Trace): void;
  /** Lets what it has taken leave, within a time of its own, and releases everything. Idempotent. */
  close(): Promise<void>;
}
