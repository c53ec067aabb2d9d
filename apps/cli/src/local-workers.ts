import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { threadEntry } from '@tandem/core';
import type { EngineChoice } from '@tandem/model';
import type { Device } from '@tandem/runtime';
import { OutputTail } from './launching/output-tail.js';

/**
 * After the end of the run, workers have so long to leave before they are killed: with the default
 * cluster.heartbeatTimeoutMs of 5 s, all are gone 10 s after one of them fell silent.
 */
export const WORKER_EXIT_TIMEOUT_MS = 4_000;

export interface LocalWorkersOptions {
  /** Of the coordinator. */
  readonly address: string;
  readonly runDirectory: string;
  /** One worker each. */
  readonly devices: readonly Device[];
  /** What they compute with. */
  readonly engine: EngineChoice;
  /** Flags that say where the workers' credentials are. */
  readonly credentials: readonly string[];
  /** Where they may load `model.module` from; undefined: nowhere. */
  readonly modules: string | undefined;
  /** HOST:PORT of the coordinator's metrics: worker K's are K + 1 ports further. Undefined: nobody watches. */
  readonly metricsListen: string | undefined;
  /** Hears every line that a worker prints. Default: lines go to its log file only. */
  readonly onLine?: ((worker: string, line: string) => void) | undefined;
  /** A worker's process has ended, in whatever way. */
  readonly onExit: (worker: EndedWorker) => void;
}

export interface EndedWorker {
  readonly name: string;
  /** What it printed. */
  readonly logFile: string;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** "ended with exit code 2", "was killed by SIGKILL", "hung or did not leave, and was ended by this command", "could not be started: …" */
  readonly how: string;
  readonly endedAt: Date;
  readonly pid: number | undefined;
}

interface LocalWorker {
  readonly name: string;
  readonly process: ChildProcess;
  readonly ended: Promise<void>;
  /** Ends it at once. That it was not the system's out-of-memory killer is said of its end. */
  kill(): void;
}

/** The workers of `tandem run`: processes of this machine, each printing to DIR/logs/NAME.log. */
export class LocalWorkers {
  readonly #options: LocalWorkersOptions;
  /** By index; the newest process of each. */
  readonly #workers: LocalWorker[];

  constructor(options: LocalWorkersOptions) {
    mkdirSync(join(options.runDirectory, 'logs'), { recursive: true });
    this.#options = options;
    this.#workers = options.devices.map((_, index) => startWorker(options, index));
  }

  /** Workers whose process runs. */
  get running(): number {
    return this.#workers.filter(({ process: { exitCode, signalCode } }) => exitCode === null && signalCode === null)
      .length;
  }

  /** Starts a worker anew whose process has ended. */
  restart(name: string): void {
    const index = this.#workers.findIndex((worker) => worker.name === name);
    // Faults that a test puts into a process are not its successor's.
    this.#workers[index] = startWorker(this.#options, index, { TANDEM_FAULT: '' });
  }

  /** Waits for all to end; those that have not after WORKER_EXIT_TIMEOUT_MS are killed. None is left when it resolves. */
  async end(): Promise<void> {
    const timer = setTimeout(() => this.kill(), WORKER_EXIT_TIMEOUT_MS);
    await Promise.all(this.#workers.map(({ ended }) => ended));
    clearTimeout(timer);
  }

  /** At once: all, or the one of this name. */
  kill(only?: string): void {
    for (const worker of this.#workers) {
      // One that the coordinator has lost may be dead by another's hand already, which the system has not told yet.
      if (worker.name === only) worker.process.kill('SIGKILL');
      else if (only === undefined) worker.kill();
    }
  }
}

function startWorker(
  { address, runDirectory, devices, engine, credentials, modules, metricsListen, onExit, onLine }: LocalWorkersOptions,
  index: number,
  environment: Readonly<Record<string, string>> = {},
): LocalWorker {
  const name = `worker-${index}`;
  const logFile = join(runDirectory, 'logs', `${name}.log`);
  const output = openSync(logFile, 'a');
  // Before the worker prints: what is in the file by then is of the run before.
  const tail = onLine && new OutputTail({ file: logFile, onLine: (line) => onLine(name, line) });
  const main = fileURLToPath(threadEntry(import.meta.url, './main.js'));
  const child = spawn(
    process.execPath,
    [
      ...[main, 'worker', '--coordinator', address, '--name', name],
      ...['--device', devices[index]!, '--engine', engine, ...credentials],
      ...(modules === undefined ? [] : ['--modules', modules]),
      ...(metricsListen === undefined ? [] : ['--metrics-listen', portsFurther(metricsListen, index + 1)]),
    ],
    {
      stdio: ['ignore', output, output],
      // Managed: Ctrl-C reaches the whole process group of a terminal, and is for the parent to answer.
      env: {
        ...process.env,
        ...{ TANDEM_MANAGED: '1', TANDEM_LOG_FILE: join(runDirectory, 'logs', `${name}.jsonl`) },
        ...environment,
      },
    },
  );
  closeSync(output);
  let isKilledHere = false;
  const ended = new Promise<void>((resolve) => {
    const end = (exitCode: number | null, signal: NodeJS.Signals | null, how: string) => {
      tail?.close();
      onExit({ name, logFile, exitCode, signal, how, endedAt: new Date(), pid: child.pid });
      resolve();
    };
    child.once('error', (error) => end(null, null, `could not be started: ${error.message}`));
    child.once('exit', (exitCode, signal) => {
      const killed = isKilledHere ? 'hung or did not leave, and was ended by this command' : `was killed by ${signal}`;
      end(exitCode, signal, signal === null ? `ended with exit code ${exitCode}` : killed);
    });
  });
  const kill = () => {
    isKilledHere = child.kill('SIGKILL') || isKilledHere;
  };
  return { name, process: child, ended, kill };
}

/** Port 0, which is any free one, stays. */
function portsFurther(address: string, ports: number): string {
  const [, host, port] = /^(.*):(\d+)$/.exec(address)!;
  return `${host}:${port === '0' ? 0 : Number(port) + ports}`;
}
