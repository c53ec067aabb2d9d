import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface CommandOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Ends the command: SIGTERM, and SIGKILL if it is still there `killGraceMs` later. */
  readonly signal?: AbortSignal | undefined;
  readonly directory?: string;
}

export interface CommandResult {
  /** The exit status; 127 when there is no such command, 128 + n when signal n ended it. */
  readonly status: number;
  readonly stdout: string;
  /** The last lines of standard output and error together. */
  readonly lastLines: string;
}

const KILL_GRACE_MS = 2000;
const LAST_LINES = 12;
const KEPT_CHARACTERS = 64 * 1024;

/** Runs a command to its end with no input. Rejects only when aborted (with the signal's reason), once the command is gone. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const { environment, signal, directory } = options;
  signal?.throwIfAborted();
  const child = spawn(command, args, { env: environment, cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let all = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-KEPT_CHARACTERS);
    all = (all + text).slice(-KEPT_CHARACTERS);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    all = (all + text).slice(-KEPT_CHARACTERS);
  });
  let killTimer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    child.kill('SIGTERM');
    killTimer = setTimeout(() => child.kill('SIGKILL'), KILL_GRACE_MS);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const [status] = (await once(child, 'close')) as [number | null];
    signal?.throwIfAborted();
    return { status: status ?? 128, stdout, lastLines: lastLines(all) };
  } catch (error) {
    signal?.throwIfAborted();
    const missing = (error as NodeJS.ErrnoException).code;
    if (missing === 'ENOENT' || missing === 'EACCES')
      return { status: 127, stdout: '', lastLines: `${command}: ${missing}` };
    throw error;
  } finally {
    clearTimeout(killTimer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function lastLines(text: string): string {
  return text
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '')
    .slice(-LAST_LINES)
    .join('\n');
}
