import type { LinesToSend, LogEntry } from '@tandem/observability';
import type { LogBatchInput, LogEntryMessageInput } from './messages.js';
import { printable } from './validation/printable.js';

/** A longer message is cut: the process's own log has all of it. */
const MESSAGE_CHARACTERS = 2_000;
const EVENT_CHARACTERS = 64;

/** Lines of a worker's log as they are sent: nothing in them that the coordinator would not take. */
export function logBatch({ entries, dropped }: LinesToSend): LogBatchInput {
  return { entries: entries.map((entry) => logEntryMessage(entry)), dropped };
}

/** One line of any log as it is sent; `characters` of its message. */
export function logEntryMessage(
  { timeMs, level, event, message, generation, rank, step }: LogEntry,
  characters = MESSAGE_CHARACTERS,
): LogEntryMessageInput {
  return {
    timeMs,
    // From info on they come here; those below are no matter of others.
    level: level === 'trace' || level === 'debug' ? 'INFO' : (level.toUpperCase() as Uppercase<typeof level>),
    event: event.slice(0, EVENT_CHARACTERS),
    message: printable(message, characters),
    ...(generation !== undefined && rank !== undefined && { generation, rank, step: step ?? 0 }),
  };
}
