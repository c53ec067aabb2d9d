import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import type { LentMemory, LentMemoryInput } from '../messages.js';
import { MEMORY_NAME, memoryCalls } from './memory-calls.js';
import { MemoryMapping } from './memory-mapping.js';

/** Bytes of random key that a lent file begins with; too many to be met by chance. */
export const MEMORY_KEY_BYTES = 32;

/** Memory of this process that its peers on the machine may read, and how they find it. */
export class OwnMemory {
  readonly offer: LentMemoryInput;
  readonly #mapping: MemoryMapping;

  /** @param fd of a sealed file that begins with its key; stays the caller's to close, after all peers have answered */
  constructor(fd: number, mapping: MemoryMapping) {
    this.#mapping = mapping;
    const key = Buffer.from(new Uint8Array(mapping.buffer, 0, MEMORY_KEY_BYTES));
    this.offer = { pid: process.pid, fd, bytes: mapping.buffer.byteLength, key };
  }

  /** Where these bytes lie in the memory; undefined: they do not. */
  placeOf(data: Uint8Array): number | undefined {
    return data.buffer === this.#mapping.buffer && data.byteLength > 0 ? data.byteOffset : undefined;
  }

  clear(): void {
    this.#mapping.clear();
  }
}

/** A peer's memory, to be read. */
export class PeerMemory {
  readonly #mapping: MemoryMapping;

  private constructor(mapping: MemoryMapping) {
    this.#mapping = mapping;
  }

  /**
   * undefined where the peer's file cannot be had: it is on another machine, in another container or another user's, or not what
   * was offered. The numbers of the offer are all that goes into a path; and that what is found there is the peer's own file,
   * of that size for good, is proved by its name, seals and key before any of it is used.
   */
  static open({ pid, fd, bytes, key }: LentMemory): PeerMemory | undefined {
    if (key.length !== MEMORY_KEY_BYTES || bytes < MEMORY_KEY_BYTES) return undefined;
    try {
      const path = `/proc/${pid}/fd/${fd}`;
      if (!readlinkSync(path).startsWith(`/memfd:${MEMORY_NAME}`)) return undefined;
      const own = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        if (fstatSync(own).size !== bytes || !memoryCalls().isSealed(own)) return undefined;
        const mapping = MemoryMapping.of(own, bytes, 'read');
        if (Buffer.from(mapping.buffer, 0, MEMORY_KEY_BYTES).equals(key)) return new PeerMemory(mapping);
        mapping.clear();
      } finally {
        closeSync(own);
      }
    } catch {
      // Nothing of that number here, no permission, no mapping: as good as another machine.
    }
    return undefined;
  }

  /** undefined: no such place, or none that float32 can lie at. */
  at(start: number, bytes: number): Uint8Array | undefined {
    const { buffer } = this.#mapping;
    if (start % 4 !== 0 || start < MEMORY_KEY_BYTES || start + bytes > buffer.byteLength) return undefined;
    return new Uint8Array(buffer, start, bytes);
  }

  clear(): void {
    this.#mapping.clear();
  }
}
