import { spawnSync } from 'node:child_process';

/** Runs a program with this terminal and waits; throws unless it ends with 0 in time. */
export function runToEnd(command: string, args: readonly string[], limit: { readonly timeoutMs: number }): void {
  const { status, signal, error } = spawnSync(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: limit.timeoutMs,
    killSignal: 'SIGKILL',
  });
  if (error !== undefined)
    throw new Error(`${command} could not be run to its end: ${error.message}`, { cause: error });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status ?? signal}`);
}
