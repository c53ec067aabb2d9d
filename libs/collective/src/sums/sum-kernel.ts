import { KERNEL } from './kernel.js';

/** As far as it is used; Node's types leave it out. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

interface Exports {
  readonly memory: Memory;
  add(out: number, left: number, right: number, elements: number): void;
  round(values: number, elements: number): void;
  narrow(values: number, out: number, elements: number): void;
  widen(halves: number, out: number, elements: number): void;
}

/** 32 KiB: two operands and a sum fit the cache next to the core, and the calls' cost vanishes. */
const BLOCK_ELEMENTS = 8192;

/** A block, and room for one that begins in the middle of an 8-byte word. */
const AREA_BYTES = BLOCK_ELEMENTS * 4 + 32;

const PAGE_BYTES = 65536;

/** Where a block lies in the kernel's memory. */
class Area {
  readonly #start: number;
  /** By the half of an 8-byte word at which it begins: V8 copies shared memory bytewise between unlike halves. */
  readonly #views: readonly [Float32Array, Float32Array];

  constructor({ buffer }: Memory, index: number) {
    this.#start = index * AREA_BYTES;
    const at = (half: number) => new Float32Array(buffer, this.#start + half * 4, BLOCK_ELEMENTS);
    this.#views = [at(0), at(1)];
  }

  addressFor(values: Float32Array): number {
    return this.#start + (values.byteOffset & 4);
  }

  load(values: Float32Array): number {
    this.#viewFor(values).set(values);
    return this.addressFor(values);
  }

  store(values: Float32Array): void {
    const view = this.#viewFor(values);
    values.set(values.length === BLOCK_ELEMENTS ? view : view.subarray(0, values.length));
  }

  #viewFor({ byteOffset }: Float32Array): Float32Array {
    return this.#views[(byteOffset & 4) === 0 ? 0 : 1];
  }
}

/** Below this a loop in JavaScript is done sooner. */
export const KERNEL_PAYS_ELEMENTS = 64;

let ofThread: SumKernel | undefined;

/** This thread's. */
export function sumKernel(): SumKernel {
  ofThread ??= new SumKernel();
  return ofThread;
}

/**
 * Sums and rounding in WebAssembly, four elements at a time. It works in its own memory, block by block: copying there and
 * back costs less than V8's adding one element at a time.
 */
export class SumKernel {
  readonly #exports: Exports;
  readonly #left: Area;
  readonly #right: Area;
  readonly #out: Area;
  /** Of a block as bfloat16: the left operand's area. */
  readonly #halves: Uint8Array;

  constructor() {
    const module = new WebAssembly.Module(Buffer.from(KERNEL, 'base64'));
    this.#exports = new WebAssembly.Instance(module).exports as Exports;
    const { memory } = this.#exports;
    memory.grow(Math.ceil((3 * AREA_BYTES) / PAGE_BYTES));
    [this.#left, this.#right, this.#out] = [new Area(memory, 0), new Area(memory, 1), new Area(memory, 2)];
    this.#halves = new Uint8Array(memory.buffer, 0, BLOCK_ELEMENTS * 2);
  }

  /** out = left + right as addFloat32 has it, and where it is asked for rounded to bfloat16; `out` may be either of them. */
  add(out: Float32Array, left: Float32Array, right: Float32Array, rounded: boolean): void {
    for (let start = 0; start < out.length; start += BLOCK_ELEMENTS) {
      const end = Math.min(start + BLOCK_ELEMENTS, out.length);
      const sums = out.subarray(start, end);
      const address = this.#out.addressFor(sums);
      // What is beyond the block's end is of no use, and does no harm.
      const elements = (end - start + 3) & ~3;
      const [a, b] = [this.#left.load(left.subarray(start, end)), this.#right.load(right.subarray(start, end))];
      this.#exports.add(address, a, b, elements);
      if (rounded) this.#exports.round(address, elements);
      this.#out.store(sums);
    }
  }

  /** roundToBfloat16 */
  round(values: Float32Array): void {
    for (let start = 0; start < values.length; start += BLOCK_ELEMENTS) {
      const block = values.subarray(start, start + BLOCK_ELEMENTS);
      this.#exports.round(this.#out.load(block), (block.length + 3) & ~3);
      this.#out.store(block);
    }
  }

  /** The elements' upper halves, in twice as many bytes. */
  narrow(values: Float32Array, bytes: Uint8Array): void {
    for (let start = 0; start < values.length; start += BLOCK_ELEMENTS) {
      const block = values.subarray(start, start + BLOCK_ELEMENTS);
      this.#exports.narrow(this.#out.load(block), this.#halves.byteOffset, (block.length + 7) & ~7);
      bytes.set(this.#halves.subarray(0, block.length * 2), start * 2);
    }
  }

  /** What `narrow` made of the elements, back. */
  widen(bytes: Uint8Array, values: Float32Array): void {
    for (let start = 0; start < values.length; start += BLOCK_ELEMENTS) {
      const block = values.subarray(start, start + BLOCK_ELEMENTS);
      this.#halves.set(bytes.subarray(start * 2, (start + block.length) * 2));
      this.#exports.widen(this.#halves.byteOffset, this.#out.addressFor(block), (block.length + 7) & ~7);
      this.#out.store(block);
    }
  }
}
