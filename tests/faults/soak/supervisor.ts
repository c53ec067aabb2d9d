import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../cluster.js';
import { type ProcessName, WORKERS } from '../plan.js';
import type { RandomFault } from './random-faults.js';

export interface SoakCounts {
  kills: number;
  stops: number;
  /** The victim was away already, or nobody else would have had the steps since the last checkpoint. */
  passedOver: number;
}

/** Does faults to a cluster, and starts or continues each victim when its time away is over. */
export class Supervisor {
  readonly counts: SoakCounts = { kills: 0, stops: 0, passedOver: 0 };
  readonly #cluster: Cluster;
  readonly #away = new Map<ProcessName, Promise<void>>();
  /** Processes of its own accord ended: name and how. */
  readonly #ended: string[] = [];
  #over = false;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    for (const name of ['coordinator', ...WORKERS] as const) this.#watch(name, cluster.start(name));
  }

  /** Of what nobody did anything to. */
  get endedByThemselves(): readonly string[] {
    return this.#ended;
  }

  strike({ victim, fault, awayMs }: RandomFault): void {
    if (this.#away.has(victim) || !this.#isBearable(victim)) {
      this.counts.passedOver++;
      return;
    }
    const process = this.#cluster.get(victim);
    process.kill(fault === 'kill' ? 'SIGKILL' : 'SIGSTOP');
    if (fault === 'kill') this.counts.kills++;
    else this.counts.stops++;
    const back = async () => {
      if (fault === 'kill') await process.finished;
      await sleep(awayMs);
      if (fault === 'kill') this.#watch(victim, this.#cluster.start(victim, true));
      else process.kill('SIGCONT');
      this.#away.delete(victim);
    };
    this.#away.set(victim, back());
  }

  /** Nothing more is done; all are there again. */
  async rest(): Promise<void> {
    await Promise.all(this.#away.values());
  }

  /** From now on processes end as they are to. */
  expectEnd(): void {
    this.#over = true;
  }

  /** A run lives as long as one worker does that has its newest step. */
  #isBearable(victim: ProcessName): boolean {
    if (victim === 'coordinator') return true;
    return WORKERS.some((name) => name !== victim && !this.#away.has(name) && this.#trains(name));
  }

  /** The newest process of this name has committed a step: it has the run's state. */
  #trains(name: ProcessName): boolean {
    const { pid } = this.#cluster.get(name);
    return this.#cluster.log(name).some((line) => line.pid === pid && line.msg.endsWith('is committed'));
  }

  #watch(name: ProcessName, process: ReturnType<Cluster['start']>): void {
    void process.finished.then(({ exitCode, output }) => {
      if (this.#over || process.signal === 'SIGKILL') return;
      this.#ended.push(
        `${name} ended with ${process.signal ?? exitCode}:\n${output.split('\n').slice(-15).join('\n')}`,
      );
    });
  }
}
