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

/** Runs a program to its end; it is ended when `signal` is aborted (then this rejects with the signal's reason) or this process goes. */
export async function runTool(
  program: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<ToolResult> {
  const { cwd, signal, show = false } = options;
  const result = await execa(program, args, {
    ...(cwd === undefined ? {} : { cwd }),
    ...(signal === undefined ? {} : { cancelSignal: signal }),
    env: { LC_ALL: 'C.UTF-8' },
    stdin: 'ignore',
    stdout: show ? process.stderr : 'pipe',
    reject: false,
  });
  signal?.throwIfAborted();
  const printed = [result.stderr, result.stdout].map((text) => (text ?? '').trim()).find((text) => text !== '');
  return {
    ok: !result.failed,
    absent: result.code === 'ENOENT',
    lastLines: (printed ?? '').split('\n').slice(-LAST_LINES).join('\n'),
  };
}
