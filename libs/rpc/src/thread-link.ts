import type { Worker } from 'node:worker_threads';
import { Deferred, deserializeError } from '@tandem/core';
import type { FromThread, ThreadCall, ThreadCalls, ThreadMethod, ToThread } from './thread-messages.js';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((bytes: number, totalBytes: number) => void) | undefined;
}

interface Pending {
  readonly answer: Deferred<unknown>;
  readonly onProgress: CallOptions['onProgress'];
}

/** The training thread's calls to the communication thread. */
export class ThreadLink {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #gone: Error | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
  }

  post(message: ToThread): void {
    if (this.#gone === undefined) this.#worker.postMessage(message);
  }

  async call<M extends ThreadMethod>(
    method: M,
    argument: ThreadCalls[M]['argument'],
    { signal, onProgress }: CallOptions = {},
  ): Promise<ThreadCalls[M]['result']> {
    if (this.#gone !== undefined) throw this.#gone;
    signal?.throwIfAborted();
    const id = (this.#calls += 1);
    const answer = new Deferred<unknown>();
    this.#pending.set(id, { answer, onProgress });
    const abort = () => this.post({ kind: 'abort', id });
    signal?.addEventListener('abort', abort, { once: true });
    try {
      this.post({ kind: 'call', id, method, argument } as ThreadCall);
      return (await answer.promise) as ThreadCalls[M]['result'];
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      this.#pending.delete(id);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** An answer, or progress towards one; returns whether the message was one. */
  receive(message: FromThread): boolean {
    if (message.kind === 'progress') this.#pending.get(message.id)?.onProgress?.(message.bytes, message.totalBytes);
    else if (message.kind === 'result') this.#pending.get(message.id)?.answer.resolve(message.value);
    else if (message.kind === 'rejection')
      this.#pending.get(message.id)?.answer.reject(deserializeError(message.error));
    else return false;
    return true;
  }

  /** Open calls and all later ones fail. */
  fail(error: Error): void {
    this.#gone ??= error;
    for (const { answer } of this.#pending.values()) answer.reject(this.#gone);
  }
}
