import type { EventName } from './events.js';
import type { LogEntry } from './log-entry.js';
import { LOG_LEVELS } from './log-line.js';

/** Events of a worker that the cluster's log is to have though they are no warnings. docs/events.md lists them. */
export const MILESTONES: ReadonlySet<string> = new Set<EventName>([
  'coordinator.back',
  'generation.broken',
  'generation.entered',
  'generation.left',
  'metrics.listening',
  'run.joined',
  'run.stopping',
  'state.copied',
  'state.offered',
  'worker.prepared',
]);

/** Whether a worker's line goes to the cluster's log. */
export function isForCluster({ level, event }: LogEntry): boolean {
  return LOG_LEVELS[level] >= LOG_LEVELS.warn || MILESTONES.has(event);
}
