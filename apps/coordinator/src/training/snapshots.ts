import { retainCheckpoints, type Retention, writeCheckpoint } from '@tandem/checkpoint';
import { delay, describeError, invariant } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import { callForState, fetchState, type Security, type SnapshotReady } from '@tandem/rpc';
import type { RunMonitor } from '../monitoring/run-monitor.js';
import type { Member } from '../membership/member.js';
import type { CheckpointAbout } from './checkpoint-about.js';
import type { SnapshotFate } from './snapshot-fate.js';

export interface WrittenCheckpoint {
  readonly step: number;
  readonly directory: string;
}

/** The last checkpoint of a run is tried again after so long, until `checkpoint.graceMs` have gone by. */
export const LAST_CHECKPOINT_RETRY_MS = 5_000;

export interface SnapshotsOptions {
  readonly runDirectory: string;
  readonly runId: string;
  readonly about: CheckpointAbout;
  /** What becomes of a snapshot that is offered. */
  readonly fate: (snapshot: SnapshotReady) => SnapshotFate;
  readonly retention: () => Retention;
  /** How long the last one is tried again. */
  readonly graceMs: number;
  readonly log: Logger;
  readonly security: Security;
  readonly monitor: Required<RunMonitor>;
  /** A snapshot was dealt with: written, not wanted, or given up. */
  readonly done: (step: number, source: Member) => void;
}

interface OfferedSnapshot {
  readonly snapshot: SnapshotReady;
  /** Who holds the state ready. */
  readonly source: Member;
}

/** Pulls snapshots from whoever is rank 0 and writes them, one after another, while training goes on. */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  readonly #aborted = new AbortController();
  /** Of each step that is offered: by whom. */
  readonly #pending = new Map<number, Member>();
  /** Offered, and waiting for what their fate depends on. */
  #waiting: OfferedSnapshot[] = [];
  #queue: Promise<void> = Promise.resolve();
  /** Used again for each snapshot: hundreds of megabytes. */
  #state = new Uint8Array(0);
  /** What `#state` holds, where it could not be written. */
  #unwritten:
    { readonly step: number; readonly epoch: number; readonly source: Member; readonly sinceMs: number } | undefined;
  #newest: WrittenCheckpoint | undefined;
  #failure: Error | undefined;
  readonly #missed: number[] = [];

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

  /** Steps whose checkpoints were due and could not be written. */
  get missed(): readonly number[] {
    return this.#missed;
  }

  /** Whether the state after `step` is on its way from a worker that lives. */
  isPending(step: number): boolean {
    return this.#pending.get(step)?.gone.aborted === false;
  }

  /** `source` holds the state ready. */
  offer(snapshot: SnapshotReady, source: Member): void {
    this.#pending.set(snapshot.step, source);
    this.#waiting.push({ snapshot, source });
    this.consider();
  }

  /** Something has changed that the fate of snapshots depends on. */
  consider(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const offered of waiting) {
      const { snapshot, source } = offered;
      const fate = source.gone.aborted ? 'decline' : this.#options.fate(snapshot);
      if (fate === 'wait') this.#waiting.push(offered);
      else
        this.#enqueue(snapshot.step, source, () =>
          fate === 'take' ? this.#take(snapshot, source) : Promise.resolve(),
        );
    }
  }

  /**
   * Tries the run's last checkpoint once more, after a while, from the state that was pulled for it. False: it was not pulled,
   * or `graceMs` have gone by.
   */
  retryLast(step: number): boolean {
    const unwritten = this.#unwritten;
    const { graceMs, log } = this.#options;
    if (unwritten?.step !== step || performance.now() - unwritten.sinceMs > graceMs) return false;
    const ms = Math.min(LAST_CHECKPOINT_RETRY_MS, graceMs);
    log.error(
      { event: 'checkpoint.last-retried', step },
      `this is the last checkpoint of the run: it is tried again in ${ms} ms, for checkpoint.graceMs (${graceMs} ms) in all`,
    );
    const { source } = unwritten;
    this.#pending.set(step, source);
    this.#enqueue(step, source, async () => {
      await delay(ms, this.#aborted.signal).catch(() => undefined);
      if (!this.#aborted.signal.aborted) await this.#attempt(unwritten, () => Promise.resolve());
    });
    return true;
  }

  /** Gives up what is under way; a half-written checkpoint is removed. */
  async close(): Promise<void> {
    this.#aborted.abort(new Error('the run is over'));
    await this.#queue;
    this.#state = new Uint8Array(0);
  }

  #enqueue(step: number, source: Member, work: () => Promise<void>): void {
    this.#queue = this.#queue.then(async () => {
      if (!this.#aborted.signal.aborted) await work();
      if (this.#pending.get(step) === source) this.#pending.delete(step);
      this.#options.done(step, source);
    });
  }

  async #take({ step, epoch }: SnapshotReady, source: Member): Promise<void> {
    this.#unwritten = undefined;
    await this.#attempt({ step, epoch, source }, () => this.#pull(step, source));
  }

  async #attempt(
    { step, epoch, source }: { step: number; epoch: number; source: Member },
    pull: () => Promise<void>,
  ): Promise<void> {
    const started = performance.now();
    let pulled = false;
    try {
      await pull();
      pulled = true;
      const directory = await this.#write(step, epoch);
      this.#written({ step, directory }, Math.round(performance.now() - started));
    } catch (error) {
      if (this.#aborted.signal.aborted) return;
      if (pulled) this.#unwritten ??= { step, epoch, source, sinceMs: performance.now() };
      this.#failed(step, error as Error);
      return;
    }
    await this.#retain();
  }

  #written(checkpoint: WrittenCheckpoint, ms: number): void {
    const { log } = this.#options;
    const { step, directory } = checkpoint;
    this.#newest = checkpoint;
    this.#unwritten = undefined;
    log.info(
      { event: 'checkpoint.written', step, directory, ms },
      `checkpoint of step ${step} written to ${directory} in ${ms} ms`,
    );
    if (this.#failure !== undefined)
      log.warn(
        { event: 'checkpoint.resumed', missed: this.#missed },
        `checkpoints are written again; missed: step ${this.#missed.join(', ')}`,
      );
    this.#failure = undefined;
    const { parameters } = this.#options.about;
    this.#options.monitor.checkpointWritten({ step, ms, parameters, ...this.#tensors });
  }

  #failed(step: number, error: Error): void {
    const { log } = this.#options;
    this.#failure = error;
    this.#options.monitor.checkpointFailed(step);
    if (!this.#missed.includes(step)) this.#missed.push(step);
    const newest = this.#newest === undefined ? 'there is none' : `the newest is that of step ${this.#newest.step}`;
    log.error(
      { event: 'checkpoint.paused', err: error, step, missed: this.#missed },
      `CHECKPOINTS ARE PAUSED, the one of step ${step} failed: ${describeError(error)} Training goes on; it is tried again ` +
        `when the next one is due. ${newest[0]!.toUpperCase()}${newest.slice(1)}.`,
    );
  }

  /** What cannot be removed only takes room: it is tried again after the next checkpoint. */
  async #retain(): Promise<void> {
    const { runDirectory, retention, log } = this.#options;
    await retainCheckpoints(runDirectory, retention()).catch((error: unknown) => {
      log.warn(
        { event: 'checkpoint.not-removed', err: error },
        `an older checkpoint could not be removed: ${describeError(error)}`,
      );
    });
  }

  async #pull(step: number, source: Member): Promise<void> {
    const { runId, security } = this.#options;
    const { address } = source;
    const bytes = 8 * this.#elements;
    if (this.#state.byteLength !== bytes) this.#state = new Uint8Array(bytes);
    await fetchState({
      open: callForState({ address, peer: 'worker', request: { runId, step }, security }),
      from: `${source.describe()} at ${address}`,
      into: this.#state,
      signal: AbortSignal.any([this.#aborted.signal, source.gone]),
    });
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
    return writeCheckpoint(runDirectory, { ...about, step, epoch, ...this.#tensors });
  }

  /** What `#state` holds: all weights, then all momenta. */
  get #tensors(): { readonly weights: Float32Array; readonly momenta: Float32Array } {
    const elements = this.#elements;
    const part = (first: number) => new Float32Array(this.#state.buffer, 4 * first, elements);
    return { weights: part(0), momenta: part(elements) };
  }
}
