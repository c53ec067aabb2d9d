import { execa, type Options, type ResultPromise } from 'execa';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../../apps/cli/dist/main.js', import.meta.url));

const running = new Set<ResultPromise>();

/** Starts the built `tandem` command. It is killed with the test's process, and by `killAll`. */
export function startTandem(args: readonly string[], options: Options = {}): ResultPromise {
  const child = execa(process.execPath, [main, ...args], {
    reject: false,
    all: true,
    forceKillAfterDelay: 500,
    ...options,
  });
  running.add(child);
  void child.then(
    () => running.delete(child),
    () => running.delete(child),
  );
  return child;
}

export interface Finished {
  readonly exitCode: number | undefined;
  /** stdout and stderr as they came. */
  readonly output: string;
}

export async function tandem(args: readonly string[], options: Options = {}): Promise<Finished> {
  return finished(startTandem(args, options));
}

export async function finished(child: ResultPromise): Promise<Finished> {
  const { exitCode, all } = await child;
  return { exitCode, output: String(all) };
}

/** For afterEach: nothing that a test has started lives on. */
export async function killAll(): Promise<void> {
  const left = [...running];
  for (const child of left) child.kill('SIGKILL');
  await Promise.allSettled(left);
}
