import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../../apps/cli/dist/main.js', import.meta.url));

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

  constructor(args: readonly string[], environment: Readonly<Record<string, string>>) {
    const env = { ...process.env, ...environment };
    this.#child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
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

  get pid(): number {
    return this.#child.pid!;
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

/** Starts the built `tandem` command. `environment` is added to this process's. */
export function startTandem(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): RunningTandem {
  return new RunningTandem(args, environment);
}

/** Runs it to its end. */
export function tandem(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Finished> {
  return startTandem(args, environment).finished;
}
