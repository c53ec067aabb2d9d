import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly environment?: Record<string, string | undefined>;
  /** After which it is killed, and the promise rejects. Default 60 s. */
  readonly timeoutMs?: number;
  readonly directory?: string;
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** Starts `node …args`. Await `finished`, or kill `child` and then await it. */
export function startNode(args: readonly string[], options: CommandOptions = {}): Running {
  const { environment, timeoutMs = 60_000, directory = root } = options;
  const child = spawn(process.execPath, args, {
    cwd: directory,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]!.setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  return { child, finished: finish() };

  async function finish(): Promise<Finished> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    const [status] = (await once(child, 'close')) as [number | null];
    clearTimeout(timer);
    if (late)
      throw new Error(`node ${args.join(' ')} took more than ${timeoutMs} ms:\n${output.stdout}\n${output.stderr}`);
    return { status, ...output };
  }
}

/** Runs `tandem …args`, as built, to its end. */
export function tandem(args: readonly string[], options?: CommandOptions): Promise<Finished> {
  return startTandem(args, options).finished;
}

export function startTandem(args: readonly string[], options?: CommandOptions): Running {
  return startNode([join(root, 'apps/cli/dist/main.js'), ...args], options);
}
