import type { LogEntry } from './log-entry.js';

/** What every line of a log has: a line of JSON, as createLogger writes it. */
export interface LogLine {
  /** Milliseconds since 1970, by the clock of the machine that wrote it. */
  readonly time: number;
  /** pino's: see LOG_LEVELS. */
  readonly level: number;
  /** "coordinator", or the worker's. */
  readonly name: string;
  readonly pid?: number;
  readonly hostname?: string;
  readonly msg: string;
  readonly runId?: string;
  readonly generation?: number;
  readonly rank?: number;
  readonly step?: number;
  /** Absent in logs from before there were names of events. */
  readonly event?: string;
}

/** pino's numbers. */
export const LOG_LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;
export type LogLevel = keyof typeof LOG_LEVELS;

const NAMES = Object.fromEntries(Object.entries(LOG_LEVELS).map(([name, level]) => [level, name]));

/** A line of one process as an entry of the cluster's log. */
export function entryOf({ time, level, name, pid, hostname, event, msg, ...more }: LogLine): LogEntry {
  const { runId, generation, rank, step } = more;
  return {
    ...{
      timeMs: time,
      level: (NAMES[level] ?? 'info') as LogLevel,
      event: event ?? 'unnamed',
      message: msg,
      process: name,
    },
    ...(hostname !== undefined && { host: hostname }),
    ...(pid !== undefined && { pid }),
    ...(runId !== undefined && { runId }),
    ...(generation !== undefined && { generation }),
    ...(rank !== undefined && { rank }),
    ...(step !== undefined && { step }),
  };
}

/** An entry as a line of a log: of the same fields, in the same order, as the process's own. */
export function lineOf({ timeMs, level, event, message, process, host, pid, ...context }: LogEntry): LogLine {
  return {
    ...{ level: LOG_LEVELS[level], time: timeMs },
    ...(pid !== undefined && { pid }),
    ...(host !== undefined && { hostname: host }),
    ...{ name: process, ...context, event, msg: message },
  };
}

/** Undefined: it is none. */
export function parseLogLine(text: string): LogLine | undefined {
  try {
    const line = JSON.parse(text) as LogLine | null;
    return typeof line?.time === 'number' && typeof line.level === 'number' ? line : undefined;
  } catch {
    return undefined;
  }
}
