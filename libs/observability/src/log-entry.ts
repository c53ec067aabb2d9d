import type { LogLevel } from './log-line.js';

/** A line of some process's log, as the cluster's log holds it. */
export interface LogEntry {
  /** Milliseconds since 1970, by the clock of the machine that wrote it. */
  readonly timeMs: number;
  readonly level: LogLevel;
  /** One of EVENTS, or a newer worker's. */
  readonly event: string;
  readonly message: string;
  /** "coordinator", or the worker's name. */
  readonly process: string;
  readonly host?: string;
  readonly pid?: number;
  readonly runId?: string;
  readonly generation?: number;
  readonly rank?: number;
  /** The last one that was committed, or the one that the line is about. */
  readonly step?: number;
}
