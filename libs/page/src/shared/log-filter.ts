import type { LogRow } from './protocol.js';

export interface LogFilter {
  /** This level and above. */
  readonly level: string;
  /** A rank; 'coordinator': its own lines; undefined: all. */
  readonly from: number | 'coordinator' | undefined;
  /** Somewhere in the line, in any case of letters. */
  readonly text: string;
}

export const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** Whether a line is to be seen. */
export function passes({ level, process, rank, event, message }: LogRow, filter: LogFilter): boolean {
  const ranked = levels as readonly string[];
  if (ranked.indexOf(level) < ranked.indexOf(filter.level)) return false;
  if (filter.from === 'coordinator' ? process !== 'coordinator' : filter.from !== undefined && rank !== filter.from)
    return false;
  const text = filter.text.trim().toLowerCase();
  return text === '' || `${process} ${event} ${message}`.toLowerCase().includes(text);
}
