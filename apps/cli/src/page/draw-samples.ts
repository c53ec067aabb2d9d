import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configFile, type DrawSamples } from '@tandem/coordinator';
import { ConfigurationError, RunError, threadEntry } from '@tandem/core';

/** Images of a sheet on the page. */
const SHOWN = 24;
const COLUMNS = 8;

/**
 * Sheets of a run's batches, as `tandem preview` makes them from what the run directory records: in a process of its own, of the
 * least priority, so that the coordinator does nothing but wait for it. Rejects where this machine does not have the data.
 */
export function drawSamplesOf(runDirectory: string): DrawSamples {
  return async (step, signal) => {
    const config = configFile(runDirectory);
    if (!existsSync(config))
      throw new RunError({ code: 'TANDEM_PAGE_SAMPLES', what: 'the run has not begun', where: config });
    const folder = await mkdtemp(join(tmpdir(), 'tandem-samples-'));
    try {
      const sheet = join(folder, 'sheet.png');
      const shown = ['--first', `${SHOWN}`, '--columns', `${COLUMNS}`];
      const output = await preview(['--config', config, '--out', sheet, '--step', `${step}`, ...shown], signal);
      return { title: output.replace(/, written to .*/s, ''), png: await readFile(sheet) };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

/** What `tandem preview` prints. */
async function preview(args: readonly string[], signal: AbortSignal): Promise<string> {
  const main = fileURLToPath(threadEntry(import.meta.url, '../main.js'));
  const child = spawn(process.execPath, [main, 'preview', ...args], {
    ...{ stdio: ['ignore', 'pipe', 'pipe'], signal, killSignal: 'SIGKILL' },
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const printed = { out: '', error: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.error += text));
  child.once('spawn', () => beNice(child.pid!));
  const [exitCode] = (await once(child, 'close').finally(() => process.off('exit', kill))) as [number | null];
  if (exitCode === 0) return printed.out;
  const [, message = ''] = /^tandem: (.*)$/m.exec(printed.error) ?? [];
  const details = {
    code: 'TANDEM_PAGE_SAMPLES',
    what: message === '' ? 'tandem preview ended early' : message.replace(/ \[[A-Z_]+\]$/, ''),
  };
  throw exitCode === 2 ? new ConfigurationError(details) : new RunError(details);
}

function beNice(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already.
  }
}
