import { invariant } from '@tandem/core';
import { imageLength } from '../augmentation/plan.js';
import type { UnreadableImage } from './read-sample.js';
import { type ThreadOptions, ThreadClient } from './thread-client.js';
import type { TimedFilled } from './thread-messages.js';

/** One batch to be prepared, and what its consumer wants to know about it. */
export interface Job<T> {
  readonly epoch: number;
  readonly indices: Uint32Array;
  readonly about: T;
}

export interface Prepared<T> {
  readonly about: T;
  /** The sample whose image each row holds. */
  readonly indices: Uint32Array;
  readonly images: Float32Array;
  readonly labels: Int32Array;
  /** When it was prepared, in monotonicUs(); both 0 where there was nothing to prepare. */
  readonly preparedUs: readonly [start: number, end: number];
  release(): void;
}

export interface PreparedStreamOptions<T> extends Omit<ThreadOptions, 'slots' | 'timeoutMs'> {
  readonly jobs: Iterable<Job<T>>;
  /** Batches prepared ahead of the one that is held. */
  readonly prefetch: number;
  /** Hears of every image that could not be decoded, as often as it is met. */
  readonly onUnreadable?: ((image: UnreadableImage) => void) | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const TIMEOUT_MS = 300_000;
const NOTHING: TimedFilled = { indices: new Uint32Array(), unreadable: [], startUs: 0, endUs: 0 };

/**
 * Batches in the order of their jobs, prepared ahead in a thread: `prefetch` slots of shared memory wait or are being
 * filled while one is held. Where no job has any row, no thread is started.
 */
export class PreparedStream<T> {
  readonly #jobs: Iterator<Job<T>>;
  readonly #client: ThreadClient | undefined;
  readonly #imageLength: number;
  readonly #free: number[];
  readonly #ahead: {
    readonly job: Job<T>;
    readonly slot: number;
    readonly done: Promise<TimedFilled>;
    ready: boolean;
  }[] = [];
  readonly #onUnreadable: ((image: UnreadableImage) => void) | undefined;
  readonly #signal: AbortSignal | undefined;
  #exhausted = false;
  #closed = false;

  private constructor(options: PreparedStreamOptions<T>, client: ThreadClient | undefined, slots: number) {
    this.#jobs = options.jobs[Symbol.iterator]();
    this.#client = client;
    this.#imageLength = imageLength(options.plan, options.mean.length);
    this.#free = Array.from({ length: slots }, (_, slot) => slot);
    this.#onUnreadable = options.onUnreadable;
    this.#signal = options.signal;
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#fillAhead();
  }

  static async open<T>(options: PreparedStreamOptions<T>): Promise<PreparedStream<T>> {
    options.signal?.throwIfAborted();
    const slots = options.prefetch + 1;
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    const client = options.rows === 0 ? undefined : await ThreadClient.open({ ...options, slots, timeoutMs });
    if (options.signal?.aborted === true) {
      await client?.close();
      options.signal.throwIfAborted();
    }
    return new PreparedStream(options, client, slots);
  }

  /** Batches that wait for `next`, prepared. */
  get ready(): number {
    return this.#ahead.filter(({ ready }) => ready).length;
  }

  /** The next batch; undefined after the last. Rejects with what kept it from being prepared. */
  async next(): Promise<Prepared<T> | undefined> {
    this.#signal?.throwIfAborted();
    invariant(!this.#closed, 'a batch was asked for after close()');
    const next = this.#ahead.shift();
    if (next === undefined) {
      invariant(this.#exhausted, 'a batch was asked for while every slot is held: release() the earlier ones');
      return undefined;
    }
    const { indices, unreadable, startUs, endUs } = await next.done;
    for (const image of unreadable) this.#onUnreadable?.(image);
    const { job, slot } = next;
    const rows = indices.length;
    const target = this.#client?.slots[slot];
    let released = false;
    return {
      about: job.about,
      indices,
      images: target?.images.subarray(0, rows * this.#imageLength) ?? new Float32Array(),
      labels: target?.labels.subarray(0, rows) ?? new Int32Array(),
      preparedUs: [startUs, endUs],
      release: () => {
        if (released) return;
        released = true;
        this.#free.push(slot);
        this.#fillAhead();
      },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    await this.#client?.close();
  }

  #onAbort = (): void => {
    this.#client?.fail(this.#signal?.reason as Error);
    void this.close();
  };

  #fillAhead(): void {
    while (!this.#closed && !this.#exhausted && this.#free.length > 0) {
      const next = this.#jobs.next();
      if (next.done === true) {
        this.#exhausted = true;
        return;
      }
      const job = next.value;
      const slot = this.#free.shift()!;
      const empty = this.#client === undefined || job.indices.length === 0;
      const done = empty ? Promise.resolve(NOTHING) : this.#client!.fill(slot, job.epoch, job.indices);
      // A failure is reported by next(), which may be called later than it fails.
      const ahead = { job, slot, done, ready: false };
      done.then(
        () => (ahead.ready = true),
        () => undefined,
      );
      this.#ahead.push(ahead);
    }
  }
}
