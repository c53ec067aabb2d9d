import type { SourceSpec } from '../sources/image-source.js';
import { DataThread } from './data-thread.js';

/**
 * Keeps the threads of streams that have ended for the next ones on the same source: starting one takes a good part of a second, and opening
 * a data set of a million files takes longer. One of each source lies idle at most.
 */
export class DataThreads {
  /** By source: one that is free, or will be in a moment; undefined when it turned out to be gone. */
  readonly #idle = new Map<string, Promise<DataThread | undefined>>();
  #closed = false;

  /** Has a thread ready for the first stream of this source. One that cannot open it says so to whoever takes it. */
  start(source: SourceSpec): void {
    const key = keyOf(source);
    if (!this.#closed && !this.#idle.has(key)) this.#idle.set(key, Promise.resolve(new DataThread(source)));
  }

  /** A thread for one stream. `give` it back, or close it. */
  async take(source: SourceSpec): Promise<DataThread> {
    const key = keyOf(source);
    const idle = this.#idle.get(key);
    this.#idle.delete(key);
    return (await idle) ?? new DataThread(source);
  }

  /** Ends the thread's stream and keeps the thread, if there is none of its source yet. Resolves when the stream is over. */
  async give(thread: DataThread): Promise<void> {
    const key = keyOf(thread.source);
    if (this.#closed || thread.isGone || this.#idle.has(key)) return thread.close();
    const free = thread.endStream().then(() => (thread.isGone ? undefined : thread));
    this.#idle.set(key, free);
    await free;
  }

  /** Ends all that lie idle; those given back later are ended at once. */
  async close(): Promise<void> {
    this.#closed = true;
    const idle = [...this.#idle.values()];
    this.#idle.clear();
    await Promise.all(idle.map(async (thread) => (await thread)?.close()));
  }
}

function keyOf({ format, path, limit }: SourceSpec): string {
  return JSON.stringify([format, path, limit]);
}
