import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import {
  ConfigurationError,
  Deferred,
  delay,
  deserializeError,
  RunError,
  threadEntry,
  withTimeout,
} from '@tandem/core';
import { type AugmentationPlan, imageLength } from '../augmentation/plan.js';
import type { SourceSpec } from '../sources/image-source.js';
import type { FillTarget } from './fill-rows.js';
import type { UnreadableRule } from './read-sample.js';
import type { SlotMemory, ThreadReply, ThreadRequest, ThreadSetup, TimedFilled } from './thread-messages.js';

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
  /** What the thread runs, for tests. */
  readonly entry?: URL | undefined;
}

const CLOSE_TIMEOUT_MS = 10_000;

/** The batch thread seen from outside: fills slots of shared memory, one request after another. */
export class ThreadClient {
  readonly slots: readonly FillTarget[];
  readonly #worker: Worker;
  readonly #exited: Promise<unknown>;
  readonly #opened = new Deferred<Extract<ThreadReply, { type: 'opened' }>>();
  readonly #fills = new Map<number, Deferred<TimedFilled>>();
  readonly #timeoutMs: number;
  #failure: Error | undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: ThreadOptions) {
    const { source, plan, mean, seed, unreadable = 'fail', timeoutMs } = options;
    const length = imageLength(plan, mean.length);
    const memory = Array.from({ length: options.slots }, (): SlotMemory => ({
      images: new SharedArrayBuffer(4 * options.rows * length),
      labels: new SharedArrayBuffer(4 * options.rows),
    }));
    this.slots = memory.map(({ images, labels }) => ({
      images: new Float32Array(images),
      labels: new Int32Array(labels),
    }));
    this.#timeoutMs = timeoutMs;
    this.#worker = new Worker(options.entry ?? threadEntry(import.meta.url, './batch-thread.js'), {
      // An ImageSource is a SourceSpec too, but no plain data.
      workerData: {
        source: { format: source.format, path: source.path, limit: source.limit },
        plan,
        mean,
        seed,
        unreadable,
        slots: memory,
      } satisfies ThreadSetup,
      // The thread runs the built files whoever starts it: not with the conditions and loaders that a source tree is run with.
      execArgv: [],
    });
    this.#exited = once(this.#worker, 'exit').catch(() => undefined);
    this.#worker.on('message', (reply: ThreadReply) => {
      this.#onReply(reply);
    });
    this.#worker.on('error', (cause) => {
      this.fail(died(`died: ${cause.message}`, cause));
    });
    this.#worker.on('exit', (code) => {
      this.fail(died(`ended with code ${code} while batches were wanted of it`));
    });
  }

  /** Resolves when the thread has opened the source. Throws what opening it threw, whole. */
  static async open(options: ThreadOptions): Promise<ThreadClient> {
    const client = new ThreadClient(options);
    try {
      const { samples, channels } = await withTimeout(client.#opened.promise, {
        name: 'timeoutMs of the batch stream',
        ms: options.timeoutMs,
        waitingFor: `the batch thread to open ${options.source.path}`,
      });
      if (samples !== options.samples)
        throw new ConfigurationError({
          code: 'TANDEM_DATA_CHANGED',
          what: `the data set had ${options.samples} images when it was first opened and has ${samples} now`,
          where: options.source.path,
          remedy: 'Do not change a data set while a run uses it.',
        });
      if (channels !== options.mean.length) throw meansDoNotFit(options.mean, channels);
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** Resolves when the first rows of `slot` hold these samples, with what they really hold. A slot is filled by one request at a time. */
  fill(slot: number, epoch: number, indices: Uint32Array): Promise<TimedFilled> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const done = new Deferred<TimedFilled>();
    this.#fills.set(slot, done);
    this.#post({ type: 'fill', slot, epoch, indices });
    return withTimeout(done.promise, {
      name: 'timeoutMs of the batch stream',
      ms: this.#timeoutMs,
      waitingFor: `the batch thread to prepare ${indices.length} images`,
    });
  }

  /** Rejects everything that is waited for, now and later. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#opened.reject(this.#failure);
    for (const fill of this.#fills.values()) fill.reject(this.#failure);
    this.#fills.clear();
  }

  /** Ends the thread after the images it is decoding, and waits until it is gone. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.fail(new RunError({ code: 'TANDEM_DATA_CLOSED', what: 'the batch stream was closed' }));
    this.#post({ type: 'close' });
    const patience = new AbortController();
    // Ending a thread amid native decodes is the last resort.
    const late = delay(CLOSE_TIMEOUT_MS, patience.signal).then(
      () => this.#worker.terminate(),
      () => undefined,
    );
    await Promise.race([this.#exited, late]);
    patience.abort();
  }

  #post(request: ThreadRequest): void {
    this.#worker.postMessage(request);
  }

  #onReply(reply: ThreadReply): void {
    switch (reply.type) {
      case 'opened':
        this.#opened.resolve(reply);
        return;
      case 'refused':
        this.fail(deserializeError(reply.error));
        return;
      case 'filled':
        this.#fills.get(reply.slot)?.resolve(reply.filled);
        break;
      case 'failed':
        this.#fills.get(reply.slot)?.reject(deserializeError(reply.error));
    }
    this.#fills.delete(reply.slot);
  }
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

function died(how: string, cause?: unknown): RunError {
  return new RunError({
    code: 'TANDEM_DATA_THREAD',
    what: `the batch thread ${how}`,
    ...(cause === undefined ? {} : { cause }),
  });
}
