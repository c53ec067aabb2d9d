import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { RunError, threadEntry, withTimeout } from '@tandem/core';
import { ThreadLink } from './thread-link.js';
import type { FromThread, Listens, ThreadData } from './thread-messages.js';

/** The communication thread must be up and its server listening within so long. */
export const THREAD_START_TIMEOUT_MS = 30_000;

/** On close, the thread has so long to let the last words out before it is ended. */
export const THREAD_CLOSE_TIMEOUT_MS = 10_000;

export interface ThreadHostOptions {
  readonly data: ThreadData;
  /** What the thread says by itself: answers to calls go to who called. */
  readonly heard: (message: FromThread) => void;
  /** It has ended. Open calls have failed by then, and later ones do. `asked`: by `close`. */
  readonly ended: (error: Error, asked: boolean) => void;
}

/** The communication thread, as the training thread has it: brought up, called, and ended. */
export class ThreadHost {
  readonly link: ThreadLink;
  readonly #ended: ThreadHostOptions['ended'];
  readonly #worker: Worker;
  readonly #exited: Promise<unknown>;
  #closing: Promise<void> | undefined;

  constructor({ data, heard, ended }: ThreadHostOptions) {
    this.#ended = ended;
    this.#worker = new Worker(threadEntry(import.meta.url, './communication-thread.js'), {
      name: 'tandem-communication',
      workerData: data,
      transferList: [data.notices],
      // Not this process's: loaders and conditions for sources mean nothing to the built thread.
      execArgv: [],
      // It closes files that the training thread has opened and given it.
      trackUnmanagedFds: false,
    });
    this.link = new ThreadLink(this.#worker);
    this.#worker.on('message', (message: FromThread) => {
      if (!this.link.receive(message)) heard(message);
    });
    this.#worker.on('error', (error) => this.#gone(error));
    this.#exited = once(this.#worker, 'exit').then(
      () => this.#gone(undefined),
      () => undefined,
    );
  }

  /** It has been asked to end, or has. */
  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Resolves when the thread is up and serves its peers; the caller closes it also where this rejects. */
  listening(): Promise<Listens> {
    return withTimeout(this.link.call('listen', undefined), {
      name: 'THREAD_START_TIMEOUT_MS',
      ms: THREAD_START_TIMEOUT_MS,
      waitingFor: 'the communication thread',
    });
  }

  /** Has the thread let its last words out and end; ends it where it does not. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closed = this.link.call('close', undefined).then(() => this.#exited);
    try {
      await withTimeout(closed, {
        name: 'THREAD_CLOSE_TIMEOUT_MS',
        ms: THREAD_CLOSE_TIMEOUT_MS,
        waitingFor: 'the communication thread',
      });
    } catch {
      await this.#worker.terminate();
    }
  }

  #gone(cause: unknown): void {
    const error = threadLost(cause);
    this.link.fail(error);
    this.#ended(error, this.isClosing);
  }
}

/** `TANDEM_COMMUNICATION_LOST`: the thread ended when nobody asked it to. */
export function threadLost(cause: unknown): RunError {
  return new RunError({ code: 'TANDEM_COMMUNICATION_LOST', what: 'the communication thread has ended', cause });
}
