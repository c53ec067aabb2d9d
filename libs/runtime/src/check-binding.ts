import { threadEntry } from '@tandem/core';
import { fileURLToPath } from 'node:url';
import { setupError } from './errors.js';
import { type CommandOptions, runCommand } from './run-command.js';

/** What the child process found (check-binding-main.ts). */
export interface BindingReport {
  readonly tensorflowVersion: string;
  readonly usesGpu: boolean;
}

const PREFIX = 'tandem-binding ';

export function formatBindingReport(report: BindingReport): string {
  return `${PREFIX}${JSON.stringify(report)}\n`;
}

/**
 * Loads `binding` in a process of its own, which a broken library may crash, and multiplies two matrices there, on a GPU if
 * `device` is `gpu:0` and one is found. Throws `TANDEM_SETUP_LOAD` with what that process last said.
 */
export async function checkBinding(
  binding: string,
  device: 'cpu' | 'gpu:0',
  options: CommandOptions,
): Promise<BindingReport> {
  const script = fileURLToPath(threadEntry(import.meta.url, './check-binding-main.js'));
  const result = await runCommand(process.execPath, [script, binding, device], options);
  const line = result.stdout.split('\n').find((text) => text.startsWith(PREFIX));
  if (result.status === 0 && line !== undefined) return JSON.parse(line.slice(PREFIX.length)) as BindingReport;
  throw setupError('TANDEM_SETUP_LOAD', {
    what: `TensorFlow does not load or compute (exit status ${result.status}); its last lines:\n${result.lastLines}\n`,
    where: binding,
    remedy: 'If a library is missing, install it; else run `tandem setup` again, or report this with the lines above.',
  });
}
