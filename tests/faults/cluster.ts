import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningTandem } from '../src/support/tandem.js';
import { startTandem } from '../src/support/tandem.js';
import { type LogLine, readLog } from './logs.js';
import type { Network } from './network.js';
import type { ProcessName } from './plan.js';

export interface ClusterOptions {
  readonly config: string;
  readonly out: string;
  readonly network: Network;
  readonly steps: number;
  /** TANDEM_FAULT of the first process of each name. */
  readonly faults: readonly string[];
  /** More of the coordinator's arguments. */
  readonly settings: readonly string[];
}

/** A coordinator and workers started by hand, as a machine's supervisor would: one that was killed is started again. */
export class Cluster {
  readonly #options: ClusterOptions;
  readonly #running = new Map<ProcessName, RunningTandem>();
  readonly #ended: { readonly name: ProcessName; readonly process: RunningTandem }[] = [];

  constructor(options: ClusterOptions) {
    this.#options = options;
    mkdirSync(this.#releases, { recursive: true });
  }

  /** `again`: it takes the place of one that died; the faults are not its own. */
  start(name: ProcessName, again = false): RunningTandem {
    const { out, network, faults } = this.#options;
    const args = name === 'coordinator' ? this.#coordinator(again) : this.#worker(name);
    const environment = {
      TANDEM_FAULT: again ? '' : faults.join(','),
      TANDEM_FAULT_RELEASE: this.#releases,
      ...(name !== 'coordinator' && { TANDEM_LOG_FILE: join(out, 'logs', `${name}.jsonl`) }),
    };
    const before = this.#running.get(name);
    if (before !== undefined) this.#ended.push({ name, process: before });
    const process = startTandem(args, environment, network.through(name));
    this.#running.set(name, process);
    return process;
  }

  /** The newest process of this name. */
  get(name: ProcessName): RunningTandem {
    return this.#running.get(name)!;
  }

  get all(): ReadonlyMap<ProcessName, RunningTandem> {
    return this.#running;
  }

  /** The hold of this worker in this step is over. */
  release(name: ProcessName, step: number): void {
    writeFileSync(join(this.#releases, `${name}-${step}`), '');
  }

  log(name: ProcessName): LogLine[] {
    return readLog(join(this.#options.out, 'logs', `${name}.jsonl`));
  }

  /** How often the coordinator, or one before it, took this worker's preparing down. */
  timesPrepared(name: ProcessName): number {
    return this.log('coordinator').filter(({ msg }) => msg.includes('is prepared') && mentions(msg, name)).length;
  }

  /** What all printed, for a report of what went wrong. */
  get output(): string {
    const all = [...this.#ended, ...Array.from(this.#running, ([name, process]) => ({ name, process }))];
    return all.map(({ name, process }) => `--- ${name}\n${process.output}`).join('\n');
  }

  /** Nothing of it lives on. */
  async close(): Promise<void> {
    for (const process of this.#running.values()) {
      if (process.hasEnded) continue;
      process.kill('SIGKILL');
      await process.finished;
    }
  }

  get #releases(): string {
    return `${this.#options.out}-releases`;
  }

  #coordinator(again: boolean): string[] {
    const { config, out, network, steps, settings } = this.#options;
    const run = ['--config', config, '--listen', network.address, '--out', out, '--max-steps', String(steps)];
    return ['coordinator', ...run, ...network.flags, ...settings, ...(again ? ['--resume'] : [])];
  }

  #worker(name: string): string[] {
    const { address, flags } = this.#options.network;
    return ['worker', '--coordinator', address, '--name', name, ...flags];
  }
}

export function mentions(message: string, name: string): boolean {
  return message.includes(`(${name})`) || message.startsWith(`${name} `);
}
