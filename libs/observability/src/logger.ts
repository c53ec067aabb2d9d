import { describeError } from '@tandem/core';
import { destination, type Level, multistream, pino, type StreamEntry } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { EventName } from './events.js';
import type { LogEntry } from './log-entry.js';
import { entryOf, parseLogLine } from './log-line.js';
import type { Terminal } from './terminal.js';

/** What every line of a process's log says, as far as it is known then. */
export interface LogContext {
  runId?: string | undefined;
  generation?: number | undefined;
  /** A worker's, in that generation. */
  rank?: number | undefined;
  /** The last one committed. */
  step?: number | undefined;
}

/** Of one line; `generation`, `rank` and `step` where it is of others than the context's. */
export interface LogFields extends Readonly<LogContext> {
  readonly event: EventName;
  readonly [field: string]: unknown;
}

type Say = (fields: LogFields, message: string) => void;

/** Says what happened: by a name to search for, and in words for people. */
export interface Logger {
  /** Lines below it are not written. */
  level: string;
  readonly context: LogContext;
  readonly trace: Say;
  readonly debug: Say;
  readonly info: Say;
  readonly warn: Say;
  readonly error: Say;
  readonly fatal: Say;
}

export interface LoggerOptions {
  /** Who logs: "coordinator", or a worker's name. */
  readonly name: string;
  /** Gets every line as JSON. Its folder is made; an existing file is continued. */
  readonly file?: string;
  readonly level: Level;
  /** Gets readable lines, in colour where it has colours. */
  readonly terminal?: Terminal;
  /** Hears of every line from info on that is written; must not throw. */
  readonly hear?: (entry: LogEntry) => void;
}

/** Fields that no log gets, wherever somebody puts them: what lets its holder in. */
const SECRETS = ['token', 'authorization', 'security'].flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);

/**
 * A logger (pino's) whose lines are written before the call returns: what a dying process said last is there to read. On the
 * terminal only the message is shown; its fields are in the file, so a message must be readable without them.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { name, level, file, terminal, hear } = options;
  const streams: StreamEntry[] = [];
  // The logger's own level decides, which may change: a worker learns the run's when it joins.
  if (terminal !== undefined) streams.push({ level: 'trace', stream: readable(terminal) });
  if (file !== undefined) {
    const stream = destination({ dest: file, mkdir: true, append: true, sync: true });
    let told = false;
    // A full disk must not end a run because of its log.
    stream.on('error', (error: unknown) => {
      if (!told) terminal?.writeLine(`The log file ${file} cannot be written: ${describeError(error)}.`);
      told = true;
    });
    streams.push({ level: 'trace', stream });
  }
  if (hear !== undefined) streams.push({ level: 'info', stream: { write: (text) => tell(text, hear) } });
  const context: LogContext = {};
  const logger = pino({ name, level, redact: SECRETS, mixin: () => ({ ...context }) }, multistream(streams));
  return Object.assign(logger, { context });
}

/** From the text, and not from what was given to it: secrets are out of it. */
function tell(text: string, hear: (entry: LogEntry) => void): void {
  const line = parseLogLine(text);
  if (line !== undefined) hear(entryOf(line));
}

function readable(terminal: Terminal): { write(line: string): void } {
  const pretty = prettyFactory({
    colorize: terminal.hasColours,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
    hideObject: true,
  });
  return { write: (line) => terminal.writeLine(pretty(line)) };
}
