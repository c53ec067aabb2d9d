import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Deferred, delay, deserializeError, RunError, threadEntry, withTimeout } from '@tandem/core';
import type { SourceSpec } from '../sources/image-source.js';
import type { OpenedSource, ThreadReply, ThreadRequest } from './thread-messages.js';

const CLOSE_TIMEOUT_MS = 10_000;

/** Who a thread's stream is: it hears of fills, and that the thread is gone. */
export interface StreamListener {
  readonly onReply: (reply: Extract<ThreadReply, { slot: number }>) => void;
  readonly onFailure: (error: Error) => void;
}

/** A thread with an open image source, which serves one stream after another. */
export class DataThread {
  readonly source: SourceSpec;
  readonly #worker: Worker;
  readonly #exited: Promise<unknown>;
  readonly #opened = new Deferred<OpenedSource>();
  #listener: StreamListener | undefined;
  #ended: Deferred<void> | undefined;
  #failure: Error | undefined;
  #closing: Promise<void> | undefined;

  /** @param entry what the thread runs, for tests */
  constructor(source: SourceSpec, entry = threadEntry(import.meta.url, './batch-thread.js')) {
    // An ImageSource is a SourceSpec too, but no plain data.
    this.source = {
      format: source.format,
      path: source.path,
      ...(source.limit !== undefined && { limit: source.limit }),
    };
    this.#worker = new Worker(entry, {
      workerData: this.source,
      // The thread runs the built files whoever starts it: not with the conditions and loaders that a source tree is run with.
      execArgv: [],
    });
    this.#opened.promise.catch(() => undefined);
    this.#exited = once(this.#worker, 'exit').catch(() => undefined);
    this.#worker.on('message', (reply: ThreadReply) => this.#onReply(reply));
    this.#worker.on('error', (cause) => this.#fail(died(`died: ${cause.message}`, cause)));
    this.#worker.on('exit', (code) => this.#fail(died(`ended with code ${code} while batches were wanted of it`)));
  }

  /** It can serve no more streams. */
  get isGone(): boolean {
    return this.#failure !== undefined;
  }

  /** Rejects with what opening the source threw, whole. */
  opened(timeoutMs: number): Promise<OpenedSource> {
    return withTimeout(this.#opened.promise, {
      name: 'timeoutMs of the batch stream',
      ms: timeoutMs,
      waitingFor: `the batch thread to open ${this.source.path}`,
    });
  }

  /** From now on it serves this stream. */
  listen(listener: StreamListener): void {
    this.#listener = listener;
  }

  post(request: ThreadRequest): void {
    this.#worker.postMessage(request);
  }

  /** Ends the present stream after the images that are being decoded; resolves when the thread is free for another, or is gone. */
  async endStream(): Promise<void> {
    this.#listener = undefined;
    if (this.isGone) return;
    this.#ended = new Deferred<void>();
    this.post({ type: 'end' });
    await this.#patiently(this.#ended.promise);
  }

  /** Ends the thread after the images it is decoding, and waits until it is gone. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#listener = undefined;
    this.#fail(new RunError({ code: 'TANDEM_DATA_CLOSED', what: 'the batch stream was closed' }));
    this.post({ type: 'close' });
    await this.#patiently(this.#exited);
  }

  /** Ending a thread amid native decodes is the last resort. */
  async #patiently(done: Promise<unknown>): Promise<void> {
    const patience = new AbortController();
    const late = delay(CLOSE_TIMEOUT_MS, patience.signal).then(
      () => this.#worker.terminate(),
      () => undefined,
    );
    await Promise.race([done, late]);
    patience.abort();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#opened.reject(this.#failure);
    this.#ended?.resolve();
    this.#listener?.onFailure(this.#failure);
  }

  #onReply(reply: ThreadReply): void {
    switch (reply.type) {
      case 'opened':
        return this.#opened.resolve(reply);
      case 'refused':
        return this.#fail(deserializeError(reply.error));
      case 'ended':
        return this.#ended?.resolve();
      default:
        this.#listener?.onReply(reply);
    }
  }
}

function died(how: string, cause?: unknown): RunError {
  return new RunError({
    code: 'TANDEM_DATA_THREAD',
    what: `the batch thread ${how}`,
    ...(cause === undefined ? {} : { cause }),
  });
}
