import type { BufferPool } from './buffer-pool.js';
import { MAX_HEAD_BYTES, decodeHead } from './chunk-codec.js';
import type { ChunkHead } from './chunk-codec.js';

export interface ReceivedChunk extends ChunkHead {
  /** float32, little-endian, at a multiple of four. */
  readonly data: Uint8Array;
  /** The data are no longer needed: their memory may be written to again. */
  readonly release: () => void;
}

/** Puts chunks together from the pieces in which HTTP/2 brings them; each byte of data is copied once, to where it stays. */
export class ChunkReader {
  readonly #pool: BufferPool;
  readonly #onChunk: (chunk: ReceivedChunk) => void;
  readonly #headBytes = Buffer.alloc(MAX_HEAD_BYTES);
  /** Of the head that is being read. */
  #gathered = 0;
  #head: ChunkHead | undefined;
  #data: Uint8Array = new Uint8Array(0);
  #filled = 0;

  constructor(pool: BufferPool, onChunk: (chunk: ReceivedChunk) => void) {
    this.#pool = pool;
    this.#onChunk = onChunk;
  }

  /** Throws an Error that says what is wrong with the stream, which is then of no more use. */
  read(piece: Uint8Array): void {
    for (let at = 0; at < piece.length;)
      at = this.#head === undefined ? this.#readHead(piece, at) : this.#readData(piece, at, this.#head);
  }

  #readHead(piece: Uint8Array, start: number): number {
    const before = this.#gathered;
    const end = Math.min(piece.length, start + MAX_HEAD_BYTES - before);
    this.#headBytes.set(piece.subarray(start, end), before);
    this.#gathered = before + end - start;
    const read = decodeHead(this.#headBytes, this.#gathered);
    if (read === undefined) return end;
    this.#gathered = 0;
    this.#head = read.head;
    this.#data = this.#pool.take(read.dataBytes);
    this.#filled = 0;
    if (read.dataBytes === 0) this.#finish(read.head);
    return start + read.headBytes - before;
  }

  #readData(piece: Uint8Array, start: number, head: ChunkHead): number {
    const end = Math.min(piece.length, start + this.#data.length - this.#filled);
    this.#data.set(piece.subarray(start, end), this.#filled);
    this.#filled += end - start;
    if (this.#filled === this.#data.length) this.#finish(head);
    return end;
  }

  #finish(head: ChunkHead): void {
    const data = this.#data;
    this.#head = undefined;
    this.#onChunk({ ...head, data, release: () => this.#pool.give(data) });
  }
}
