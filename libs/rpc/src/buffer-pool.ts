/**
 * Buffers of received chunks, used again and again: a new one for each would be 244 MB a step for the garbage collector, and
 * every page of it would be touched for the first time.
 */
export class BufferPool {
  readonly #keepBytes: number;
  #free: ArrayBuffer[] = [];
  #freeBytes = 0;

  /** @param keepBytes at most so much lies idle */
  constructor(keepBytes: number) {
    this.#keepBytes = keepBytes;
  }

  /** At the start of a buffer of its own, so that it can be viewed as float32. */
  take(bytes: number): Uint8Array {
    if (bytes === 0) return new Uint8Array(0);
    const last = this.#free.at(-1);
    if (last === undefined || last.byteLength < bytes) return new Uint8Array(new ArrayBuffer(bytes));
    this.#free.pop();
    this.#freeBytes -= last.byteLength;
    return new Uint8Array(last, 0, bytes);
  }

  /** Of no further use to anybody else. */
  give(taken: Uint8Array): void {
    const buffer = taken.buffer as ArrayBuffer;
    // The last chunk of a shard is shorter: its buffer is left to the collector, so that those that are kept are of use.
    const largest = this.#free.at(-1)?.byteLength ?? 0;
    if (buffer.byteLength === 0 || buffer.byteLength < largest || this.#freeBytes + buffer.byteLength > this.#keepBytes)
      return;
    if (buffer.byteLength > largest) this.clear();
    this.#free.push(buffer);
    this.#freeBytes += buffer.byteLength;
  }

  clear(): void {
    this.#free = [];
    this.#freeBytes = 0;
  }
}
