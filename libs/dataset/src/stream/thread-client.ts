import { ConfigurationError, Deferred, deserializeError, RunError, withTimeout } from '@tandem/core';
import { type AugmentationPlan, imageLength } from '../augmentation/plan.js';
import type { SourceSpec } from '../sources/image-source.js';
import { DataThread } from './data-thread.js';
import type { DataThreads } from './data-threads.js';
import type { FillTarget } from './fill-rows.js';
import type { UnreadableRule } from './read-sample.js';
import type { OpenedSource, SlotMemory, ThreadReply, TimedFilled } from './thread-messages.js';

export interface ThreadOptions {
  readonly source: SourceSpec;
  /** Samples that the source was seen to have; the thread must find as many. */
  readonly samples: number;
  readonly plan: AugmentationPlan;
  readonly mean: readonly number[];
  readonly seed: number;
  /** Default: `fail`. */
  readonly unreadable?: UnreadableRule;
  readonly slots: number;
  /** Samples a slot has room for. */
  readonly rows: number;
  /** How long opening the source, and filling one slot, may take. */
  readonly timeoutMs: number;
  /** Where the thread comes from and goes to. Default: one of its own. */
  readonly threads?: DataThreads | undefined;
  /** What a thread of its own runs, for tests. */
  readonly entry?: URL | undefined;
}

/** A stream's use of a batch thread, seen from outside: fills slots of shared memory, one request after another. */
export class ThreadClient {
  readonly slots: readonly FillTarget[];
  readonly #thread: DataThread;
  readonly #threads: DataThreads | undefined;
  readonly #fills = new Map<number, Deferred<TimedFilled>>();
  readonly #timeoutMs: number;
  #failure: Error | undefined;
  #closing: Promise<void> | undefined;

  private constructor(thread: DataThread, options: ThreadOptions) {
    const { plan, mean, seed, unreadable = 'fail', timeoutMs } = options;
    const length = imageLength(plan, mean.length);
    const slots = Array.from({ length: options.slots }, (): SlotMemory => ({
      images: new SharedArrayBuffer(4 * options.rows * length),
      labels: new SharedArrayBuffer(4 * options.rows),
    }));
    this.slots = slots.map(({ images, labels }) => ({
      images: new Float32Array(images),
      labels: new Int32Array(labels),
    }));
    this.#timeoutMs = timeoutMs;
    this.#thread = thread;
    this.#threads = options.threads;
    thread.listen({ onReply: (reply) => this.#onReply(reply), onFailure: (error) => this.fail(error) });
    thread.post({ type: 'begin', setup: { plan, mean, seed, unreadable, slots } });
  }

  /** Resolves when the thread has opened the source. Throws what opening it threw, whole. */
  static async open(options: ThreadOptions): Promise<ThreadClient> {
    const { source, threads, entry, timeoutMs } = options;
    const thread = (await threads?.take(source)) ?? new DataThread(source, entry);
    try {
      checkSource(await thread.opened(timeoutMs), options);
      return new ThreadClient(thread, options);
    } catch (error) {
      await thread.close();
      throw error;
    }
  }

  /** Resolves when the first rows of `slot` hold these samples, with what they really hold. A slot is filled by one request at a time. */
  fill(slot: number, epoch: number, indices: Uint32Array): Promise<TimedFilled> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const done = new Deferred<TimedFilled>();
    this.#fills.set(slot, done);
    this.#thread.post({ type: 'fill', slot, epoch, indices });
    return withTimeout(done.promise, {
      name: 'timeoutMs of the batch stream',
      ms: this.#timeoutMs,
      waitingFor: `the batch thread to prepare ${indices.length} images`,
    });
  }

  /** Rejects everything that is waited for, now and later. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const fill of this.#fills.values()) fill.reject(this.#failure);
    this.#fills.clear();
  }

  /** Lets the thread go, or ends it, after the images it is decoding; waits until it is done with them. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.fail(new RunError({ code: 'TANDEM_DATA_CLOSED', what: 'the batch stream was closed' }));
    await (this.#threads?.give(this.#thread) ?? this.#thread.close());
  }

  #onReply(reply: Extract<ThreadReply, { slot: number }>): void {
    const fill = this.#fills.get(reply.slot);
    this.#fills.delete(reply.slot);
    if (reply.type === 'filled') fill?.resolve(reply.filled);
    else fill?.reject(deserializeError(reply.error));
  }
}

function checkSource({ samples, channels }: OpenedSource, { source, samples: expected, mean }: ThreadOptions): void {
  if (samples !== expected)
    throw new ConfigurationError({
      code: 'TANDEM_DATA_CHANGED',
      what: `the data set had ${expected} images when it was first opened and has ${samples} now`,
      where: source.path,
      remedy: 'Do not change a data set while a run uses it.',
    });
  if (channels !== mean.length) throw meansDoNotFit(mean, channels);
}

export function meansDoNotFit(mean: readonly number[], channels: number): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_DATA_MEAN',
    what: `data.mean has ${mean.length} values and the images ${channels} channels`,
    where: 'configuration',
    expected: `${channels} values, or auto`,
    context: { key: 'data.mean' },
  });
}
