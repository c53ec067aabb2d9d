import { prettyFactory } from 'pino-pretty';
import type { LogLine } from './log-line.js';
import { visible } from './visible.js';

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
        .map(visible)
        .join(' · '),
  });
  return (line) => pretty({ ...line, name: visible(String(line.name)) });
}
