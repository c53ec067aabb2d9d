export interface EndedProcess {
  readonly name: string;
  readonly exitCode: number | null;
}

/** Where the run is when a worker's process ends. */
export interface RunStage {
  /** Training has begun: the others can go on without it. */
  readonly hasStarted: boolean;
  /** Workers whose process runs. */
  readonly running: number;
  readonly minWorkers: number;
}

/** `fail`: the run ends by this worker. `leave`: the others go on without it. */
export type Remedy = 'restart' | 'leave' | 'fail';

/**
 * What `tandem run` does when one of its workers ends early: the run goes on meanwhile, and the worker is started again, up to
 * `maxRestarts` times each. Before the start, and where the configuration or the data set is at fault, another process would
 * end as the first did.
 */
export class WorkerRestarts {
  readonly #maxRestarts: number;
  readonly #counts = new Map<string, number>();

  constructor(maxRestarts: number) {
    this.#maxRestarts = maxRestarts;
  }

  remedy({ name, exitCode }: EndedProcess, { hasStarted, running, minWorkers }: RunStage): Remedy {
    if (!hasStarted || exitCode === 2) return 'fail';
    const restarts = this.#counts.get(name) ?? 0;
    if (restarts >= this.#maxRestarts) return running >= minWorkers ? 'leave' : 'fail';
    this.#counts.set(name, restarts + 1);
    return 'restart';
  }
}
