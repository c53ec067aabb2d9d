import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const main = fileURLToPath(new URL('../../../apps/cli/dist/main.js', import.meta.url));

export interface Finished {
  readonly exitCode: number | null;
  /** stdout and stderr as they came. */
  readonly output: string;
}

/** A `tandem` command that runs. */
export class RunningTandem {
  static readonly #running = new Set<RunningTandem>();
  readonly finished: Promise<Finished>;
  readonly #child: ChildProcess;
  #output = '';

  constructor(args: readonly string[], environment: Readonly<Record<string, string>>, through: readonly string[] = []) {
    const env = { ...process.env, ...environment };
    const [command, ...rest] = [...through, process.execPath, main, ...args];
    this.#child = spawn(command!, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    RunningTandem.#running.add(this);
    this.finished = once(this.#child, 'close').then(() => {
      RunningTandem.#running.delete(this);
      return { exitCode: this.#child.exitCode, output: this.#output };
    });
  }

  /** For afterEach: nothing that a test has started lives on. */
  static async killAll(): Promise<void> {
    const left = [...RunningTandem.#running];
    for (const command of left) command.kill('SIGKILL');
    await Promise.all(left.map(({ finished }) => finished));
  }

  /** Of the `tandem` process itself, whatever started it. */
  get pid(): number {
    return this.#child.pid!;
  }

  /** SIGKILL and such, of a process that did not end by itself. */
  get signal(): NodeJS.Signals | null {
    return this.#child.signalCode;
  }

  get output(): string {
    return this.#output;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/**
 * Starts the built `tandem` command. `environment` is added to this process's; `through` is a command that becomes it,
 * such as `ip netns exec NAME`.
 */
export function startTandem(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  through: readonly string[] = [],
): RunningTandem {
  return new RunningTandem(args, environment, through);
}

/** Runs it to its end. */
export function tandem(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Finished> {
  return startTandem(args, environment).finished;
}
