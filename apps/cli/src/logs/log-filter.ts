import { LOG_LEVELS, type LogLevel, type LogLine } from '@tandem/observability';

/** Which lines are wanted; what is left out wants all. */
export interface LogFilter {
  readonly rank?: number;
  readonly name?: string;
  /** This level and those above. */
  readonly level?: LogLevel;
  /** Milliseconds since 1970. */
  readonly sinceMs?: number;
  /** Names, or their beginnings: `worker` wants `worker.lost` too. */
  readonly events?: readonly string[];
}

export function matches({ rank, name, level, sinceMs, events }: LogFilter, line: LogLine): boolean {
  return (
    (rank === undefined || line.rank === rank) &&
    (name === undefined || line.name === name) &&
    (level === undefined || line.level >= LOG_LEVELS[level]) &&
    (sinceMs === undefined || line.time >= sinceMs) &&
    (events === undefined || events.some((event) => line.event === event || line.event?.startsWith(`${event}.`)))
  );
}
