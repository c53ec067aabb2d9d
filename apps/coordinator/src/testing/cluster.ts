import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '@tandem/core/config';
import type { CoordinatorOptions, RunningCoordinator } from '../options.js';
import { startCoordinator } from '../start-coordinator.js';
import { FakeWorker } from './fake-worker.js';

/** A coordinator on a free port with a run directory of its own, and the workers of a test; `close` takes all away. */
export class Cluster {
  readonly runDirectory: string;
  readonly #workers: FakeWorker[] = [];
  readonly #coordinators: RunningCoordinator[] = [];

  private constructor(runDirectory: string) {
    this.runDirectory = runDirectory;
  }

  static async make(): Promise<Cluster> {
    return new Cluster(join(await mkdtemp(join(tmpdir(), 'tandem-coordinator-')), 'run'));
  }

  get coordinator(): RunningCoordinator {
    return this.#coordinators.at(-1)!;
  }

  /** `settings` are `key.path=value`. */
  async start(
    settings: readonly string[] = [],
    options: Partial<CoordinatorOptions> = {},
  ): Promise<RunningCoordinator> {
    const config = parseConfig('model: { name: small }\ndata: { format: idx, train: train, eval: eval }', {
      overrides: ['training.globalBatch=8', 'cluster.settleMs=0', 'log.everySteps=1', ...settings],
    });
    const { runDirectory } = this;
    const coordinator = await startCoordinator({ config, runDirectory, listen: '127.0.0.1:0', ...options });
    this.#coordinators.push(coordinator);
    return coordinator;
  }

  async join(...[name, hello]: [name: string, hello?: Parameters<typeof FakeWorker.join>[2]]): Promise<FakeWorker> {
    const worker = await FakeWorker.join(this.coordinator.address, name, hello);
    this.#workers.push(worker);
    return worker;
  }

  /** Workers 0 … count − 1, prepared and ready in the first generation. */
  async train(
    count: number,
    settings: readonly string[] = [],
    options: Partial<CoordinatorOptions> = {},
  ): Promise<FakeWorker[]> {
    await this.start(settings, { worldSize: count, ...options });
    const workers = await Promise.all(Array.from({ length: count }, (_, index) => this.join(`worker-${index}`)));
    for (const worker of workers) worker.prepare();
    for (const worker of workers) {
      await worker.until('begin');
    }
    return workers;
  }

  async metrics(): Promise<unknown[]> {
    const text = await readFile(join(this.runDirectory, 'metrics.jsonl'), 'utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown);
  }

  async close(): Promise<void> {
    for (const worker of this.#workers) await worker.die();
    for (const coordinator of this.#coordinators) await coordinator.close();
    await rm(join(this.runDirectory, '..'), { recursive: true, force: true });
  }
}
