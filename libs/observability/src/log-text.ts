import { prettyFactory } from 'pino-pretty';

/** What every line of a log has: a line of JSON, as createLogger writes it. */
export interface LogLine {
  /** Milliseconds since 1970, by the clock of the machine that wrote it. */
  readonly time: number;
  /** pino's: see LOG_LEVELS. */
  readonly level: number;
  /** "coordinator", or the worker's. */
  readonly name: string;
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

/** Undefined: it is none. */
export function parseLogLine(text: string): LogLine | undefined {
  try {
    const line = JSON.parse(text) as LogLine | null;
    return typeof line?.time === 'number' && typeof line.level === 'number' ? line : undefined;
  } catch {
    return undefined;
  }
}

/** Makes lines readable: `[2026-11-25 22:41:25.123] WARN (worker-1): rank 1 · step 12 · loss.spike · the loss is …`. */
export function logText(colorize: boolean): (line: LogLine) => string {
  const pretty = prettyFactory({
    colorize,
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
    hideObject: true,
    messageFormat: (line) =>
      [
        line['rank'] === undefined ? '' : `rank ${String(line['rank'])}`,
        line['step'] === undefined ? '' : `step ${String(line['step'])}`,
        typeof line['event'] === 'string' ? line['event'] : '',
        String(line['msg'] ?? ''),
      ]
        .filter((part) => part !== '')
        .join(' · '),
  });
  return (line) => pretty(line);
}
