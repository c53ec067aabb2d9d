import type { ClusterEvent } from '@tandem/rpc';
import { cut } from './cells.js';
import type { Paint } from './paint.js';

const STYLES = { INFO: 'green', WARN: 'yellow', ERROR: 'red', FATAL: 'red' } as const;

/** `01:22:33 WARN  worker-1 · the loss is …`, in the time of this machine. */
export function eventLine({ entry, process }: ClusterEvent, columns: number, paint: Paint): string {
  if (entry === null) return '';
  const time = new Date(entry.timeMs).toTimeString().slice(0, 8);
  const level = entry.level.padEnd(5);
  const text = cut(`${time} ${level} ${process} · ${entry.message}`, columns);
  // The level has its place, unless there was none.
  const start = time.length + 1;
  if (text.slice(start, start + level.length) !== level) return text;
  return text.slice(0, start) + paint(STYLES[entry.level], level) + text.slice(start + level.length);
}
