import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { MEMORY_KEY_BYTES, OwnMemory } from './lent-memory.js';
import { memoryCalls } from './memory-calls.js';
import { MemoryMapping } from './memory-mapping.js';

/** What an ArrayBuffer can have on every Node that is supported. */
const MOST_BYTES = 2 ** 32 - 1;

/** Of memory; arrays begin on pages of their own. */
const PAGE_BYTES = 4096;

/** How much of the flat gradient space an exchange holds. */
export interface ExchangeExtent {
  readonly elements: number;
  /** Partial sums of this rank. */
  readonly partials: number;
}

export interface ExchangeArrays {
  readonly partials: readonly Float32Array[];
  readonly mean: Float32Array;
}

/** Where an exchange's arrays lie, as the training thread tells the communication thread. */
export type ExchangeMemory =
  | { readonly kind: 'private'; readonly partials: readonly SharedArrayBuffer[]; readonly mean: SharedArrayBuffer }
  | { readonly kind: 'lent'; readonly fd: number; readonly extent: ExchangeExtent };

/** The arrays, zeros, where only the threads of this process see them. */
export function privateMemory({ elements, partials }: ExchangeExtent): ExchangeMemory {
  const allocate = () => new SharedArrayBuffer(elements * Float32Array.BYTES_PER_ELEMENT);
  return { kind: 'private', partials: Array.from({ length: partials }, allocate), mean: allocate() };
}

/**
 * The arrays, zeros, in a file that peers on this machine may read; undefined where there can be none. It is gone with the last
 * process that has it open or mapped, however that ends. The caller closes it, with `closeMemory`, once the peers have opened it.
 */
export function lentMemory(extent: ExchangeExtent): ExchangeMemory | undefined {
  const bytes = bytesOf(extent);
  if (bytes > MOST_BYTES) return undefined;
  try {
    const fd = memoryCalls().create(bytes);
    writeSync(fd, randomBytes(MEMORY_KEY_BYTES), 0, MEMORY_KEY_BYTES, 0);
    return { kind: 'lent', fd, extent };
  } catch {
    // No such calls on this system, or no memory: an exchange goes without.
    return undefined;
  }
}

export function closeMemory(memory: ExchangeMemory): void {
  if (memory.kind === 'lent') memoryCalls().close(memory.fd);
}

/** The arrays as this thread sees them; of lent memory also what peers are told. */
export function openMemory(memory: ExchangeMemory): { arrays: ExchangeArrays; own: OwnMemory | undefined } {
  if (memory.kind === 'private') {
    const partials = memory.partials.map((buffer) => new Float32Array(buffer));
    return { arrays: { partials, mean: new Float32Array(memory.mean) }, own: undefined };
  }
  const { fd, extent } = memory;
  const mapping = MemoryMapping.of(fd, bytesOf(extent), 'write');
  const array = (index: number) =>
    new Float32Array(mapping.buffer, PAGE_BYTES + index * strideOf(extent), extent.elements);
  const partials = Array.from({ length: extent.partials }, (_, index) => array(index));
  return { arrays: { partials, mean: array(extent.partials) }, own: new OwnMemory(fd, mapping) };
}

function strideOf({ elements }: ExchangeExtent): number {
  return Math.ceil((elements * Float32Array.BYTES_PER_ELEMENT) / PAGE_BYTES) * PAGE_BYTES;
}

function bytesOf(extent: ExchangeExtent): number {
  return PAGE_BYTES + (extent.partials + 1) * strideOf(extent);
}
