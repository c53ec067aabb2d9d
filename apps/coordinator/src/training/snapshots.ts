import { type CheckpointContent, writeCheckpoint } from '@tandem/checkpoint';
import { invariant } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import { fetchState, loadTandemProtocol, openStub, type Security, type SnapshotReady } from '@tandem/rpc';
import type { Member } from '../membership/member.js';

export interface WrittenCheckpoint {
  readonly step: number;
  readonly directory: string;
}

export interface SnapshotsOptions {
  readonly runDirectory: string;
  readonly runId: string;
  /** What the manifest says beside the step, the epoch and the state. */
  readonly about: Omit<CheckpointContent, 'step' | 'epoch' | 'weights' | 'momenta'>;
  readonly log: Logger;
  readonly security: Security;
  /** A snapshot was dealt with: written, or given up. */
  readonly done: (step: number, source: Member) => void;
}

/** Pulls snapshots from whoever is rank 0 and writes them, one after another, while training goes on. */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  readonly #aborted = new AbortController();
  /** Of each step that is offered: by whom. */
  readonly #pending = new Map<number, Member>();
  #queue: Promise<void> = Promise.resolve();
  /** Used again for each snapshot: hundreds of megabytes. */
  #state = new Uint8Array(0);
  #newest: WrittenCheckpoint | undefined;
  #failure: Error | undefined;

  constructor(options: SnapshotsOptions, resumedFrom: WrittenCheckpoint | undefined) {
    this.#options = options;
    this.#newest = resumedFrom;
  }

  /** The newest checkpoint on disk. */
  get newest(): WrittenCheckpoint | undefined {
    return this.#newest;
  }

  /** Why the last attempt failed, if it did. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Whether the state after `step` is on its way from a worker that lives. */
  isPending(step: number): boolean {
    return this.#pending.get(step)?.gone.aborted === false;
  }

  /** `source` holds the state ready. */
  take({ step, epoch }: SnapshotReady, source: Member): void {
    this.#pending.set(step, source);
    this.#queue = this.#queue.then(() => this.#take(step, epoch, source));
  }

  /** Gives up what is under way; a half-written checkpoint is removed. */
  async close(): Promise<void> {
    this.#aborted.abort(new Error('the run is over'));
    await this.#queue;
    this.#state = new Uint8Array(0);
  }

  async #take(step: number, epoch: number, source: Member): Promise<void> {
    const { log, done } = this.#options;
    if (!this.#aborted.signal.aborted)
      try {
        const started = performance.now();
        await this.#pull(step, source);
        const directory = await this.#write(step, epoch);
        this.#newest = { step, directory };
        this.#failure = undefined;
        const ms = Math.round(performance.now() - started);
        log.info({ step, directory, ms }, `checkpoint of step ${step} written to ${directory} in ${ms} ms`);
      } catch (error) {
        if (!this.#aborted.signal.aborted) {
          this.#failure = error as Error;
          log.error({ err: error, step }, `the checkpoint of step ${step} failed: ${(error as Error).message}`);
        }
      }
    if (this.#pending.get(step) === source) this.#pending.delete(step);
    done(step, source);
  }

  async #pull(step: number, source: Member): Promise<void> {
    const { runId } = this.#options;
    const { CollectiveStub } = loadTandemProtocol();
    const { security } = this.#options;
    const client = openStub(CollectiveStub, { address: source.address, peer: 'worker', security });
    try {
      await fetchState({
        open: () => client.FetchState({ runId, step }),
        from: `${source.describe()} at ${source.address}`,
        maxBytes: 8 * this.#elements,
        allocate: (bytes) => {
          if (this.#state.byteLength !== bytes) this.#state = new Uint8Array(bytes);
          return this.#state;
        },
        signal: AbortSignal.any([this.#aborted.signal, source.gone]),
      });
    } finally {
      client.close();
    }
  }

  /** Of all parameters. */
  get #elements(): number {
    const { parameters } = this.#options.about;
    return parameters.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
  }

  #write(step: number, epoch: number): Promise<string> {
    const { runDirectory, about } = this.#options;
    const elements = this.#elements;
    invariant(
      this.#state.byteLength === 8 * elements,
      `a state of ${elements} weights and momenta has ${8 * elements} bytes, not ${this.#state.byteLength}`,
    );
    const weights = new Float32Array(this.#state.buffer, 0, elements);
    const momenta = new Float32Array(this.#state.buffer, 4 * elements, elements);
    return writeCheckpoint(runDirectory, { ...about, step, epoch, weights, momenta });
  }
}
