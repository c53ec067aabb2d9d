import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { delay, onStopSignals } from '@tandem/core';
import { LOG_LEVELS, type LogLevel, type LogLine } from '@tandem/observability';
import { logText, Terminal } from '@tandem/observability/logging';
import { Command, Option } from 'commander';
import { nonNegativeInteger } from '../arguments.js';
import { collectEvents } from '../logs/event-names.js';
import { type LogFilter, matches } from '../logs/log-filter.js';
import { LogReader } from '../logs/log-reader.js';
import { sinceMs } from '../logs/since.js';
import { runsNotFound } from '../runs/find-runs.js';

/** With --follow, what is new is looked for so often. */
const FOLLOW_PAUSE_MS = 250;

interface LogsFlags {
  readonly rank?: number;
  readonly name?: string;
  readonly level?: LogLevel;
  readonly since?: number;
  readonly event?: readonly string[];
  readonly follow?: true;
  readonly json?: true;
}

/** `tandem logs`: what all processes of a run logged, in one order. Rejects with a ConfigurationError (`TANDEM_RUNS_NOT_FOUND`). */
export function logsCommand(): Command {
  return new Command('logs')
    .description('what coordinator and workers of a run have logged, by time')
    .argument('<dir>', 'the run directory')
    .option('--rank <n>', 'lines of or about this rank', nonNegativeInteger)
    .option('--name <name>', 'lines of "coordinator", or of the worker of this name')
    .addOption(new Option('--level <level>', 'this level and those above').choices(Object.keys(LOG_LEVELS)))
    .option(
      '--since <time>',
      'lines of the last 90s, 10m, 2h or 1d, or since a time such as 2026-11-25T22:10',
      (text) => sinceMs(text),
    )
    .option(
      '--event <name>',
      'lines of this event, or that begin so: worker, worker.lost; may be given several times',
      collectEvents,
    )
    .option('--follow', 'go on with what is new, until Ctrl-C')
    .option('--json', 'the lines as they are in the files')
    .addHelpText(
      'after',
      '\nEvents are listed in docs/events.md.' +
        '\n\nExamples:\n  tandem logs runs/elpv --level warn\n  tandem logs runs/elpv --rank 1 --since 10m --follow' +
        '\n  tandem logs runs/elpv --event worker --event generation --json',
    )
    .action(showLogs);
}

async function showLogs(directory: string, flags: LogsFlags): Promise<void> {
  if (!existsSync(join(directory, 'logs'))) throw runsNotFound(directory, 'there are no logs in this folder');
  const { rank, name, level, since, event, follow, json } = flags;
  const filter: LogFilter = {
    ...(rank !== undefined && { rank }),
    ...(name !== undefined && { name }),
    ...(level !== undefined && { level }),
    ...(since !== undefined && { sinceMs: since }),
    ...(event !== undefined && { events: event }),
  };
  const reader = new LogReader(directory, (line) => matches(filter, line));
  const text = json ? (line: LogLine) => `${JSON.stringify(line)}\n` : logText(new Terminal().hasColours);
  const show = async () => process.stdout.write((await reader.read()).map(text).join(''));
  await show();
  if (!follow) return;
  const over = new AbortController();
  const end = () => over.abort();
  const stopListening = onStopSignals({ stop: end, abort: end });
  try {
    while (!over.signal.aborted) {
      await delay(FOLLOW_PAUSE_MS, over.signal).catch(() => undefined);
      await show();
    }
  } finally {
    stopListening();
  }
}
