import { z } from 'zod';
import type { LogEntryMessage } from '../messages.js';
import { count, eventName, line, message, time, uint32 } from './fields.js';

const MAX_LOG_CHARACTERS = 2_048;

/** A line of somebody's log. */
export const logEntry = message<LogEntryMessage>({
  timeMs: time,
  level: z.enum(['INFO', 'WARN', 'ERROR', 'FATAL']),
  event: eventName,
  message: line(MAX_LOG_CHARACTERS),
  generation: count,
  rank: uint32,
  step: count,
});
