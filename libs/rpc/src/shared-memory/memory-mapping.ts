import type { Address } from './memory-calls.js';
import { memoryCalls } from './memory-calls.js';

interface Span {
  readonly address: Address;
  readonly bytes: number;
}

/** Addresses are given back only when no view can be left that would lead to them. */
const unreachable = new FinalizationRegistry<Span>(({ address, bytes }) => memoryCalls().unmap(address, bytes));

/** A file in memory as this thread sees it. */
export class MemoryMapping {
  readonly buffer: ArrayBuffer;
  readonly #span: Span;
  #cleared = false;

  private constructor(span: Span) {
    this.#span = span;
    this.buffer = memoryCalls().view(span.address, span.bytes);
    unreachable.register(this.buffer, span);
  }

  /** The file may be closed afterwards. Throws where it cannot be mapped. */
  static of(fd: number, bytes: number, access: 'read' | 'write'): MemoryMapping {
    return new MemoryMapping({ address: memoryCalls().map(fd, bytes, access), bytes });
  }

  /** This thread no longer holds the memory. Views of it, if any are left, read zeros. */
  clear(): void {
    if (this.#cleared) return;
    this.#cleared = true;
    memoryCalls().clear(this.#span.address, this.#span.bytes);
  }
}
