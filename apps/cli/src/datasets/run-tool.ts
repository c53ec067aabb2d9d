import { execa } from 'execa';

export interface ToolOptions {
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  /** Show the tool's own progress on standard error. */
  readonly show?: boolean;
}

export interface ToolResult {
  readonly ok: boolean;
  /** There is no such program. */
  readonly absent: boolean;
  /** The last lines it printed: on standard error, or on standard output if there were none. */
  readonly lastLines: string;
}

const LAST_LINES = 6;
const KILL_GRACE_MS = 2_000;

/**
 * Runs a program to its end. When `signal` is aborted it is ended, with all that it started (a `python3` may be a script
 * that starts the real one), and this rejects with the signal's reason.
 */
export async function runTool(
  program: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<ToolResult> {
  const { cwd, signal, show = false } = options;
  signal?.throwIfAborted();
  const tool = execa(program, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { LC_ALL: 'C.UTF-8' },
    stdin: 'ignore',
    stdout: show ? process.stderr : 'pipe',
    reject: false,
    // A process group of its own, which can be ended as one.
    detached: true,
  });
  const endGroup = (how: NodeJS.Signals) => {
    try {
      if (tool.pid !== undefined) process.kill(-tool.pid, how);
    } catch {
      // It has ended already.
    }
  };
  let grace: NodeJS.Timeout | undefined;
  const onAbort = () => {
    endGroup('SIGTERM');
    grace = setTimeout(endGroup, KILL_GRACE_MS, 'SIGKILL');
  };
  const onExit = () => {
    endGroup('SIGKILL');
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  process.once('exit', onExit);
  try {
    const result = await tool;
    signal?.throwIfAborted();
    const printed = [result.stderr, result.stdout].map((text) => (text ?? '').trim()).find((text) => text !== '');
    return {
      ok: !result.failed,
      absent: result.code === 'ENOENT',
      lastLines: (printed ?? '').split('\n').slice(-LAST_LINES).join('\n'),
    };
  } finally {
    clearTimeout(grace);
    signal?.removeEventListener('abort', onAbort);
    process.off('exit', onExit);
  }
}
