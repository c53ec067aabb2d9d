const VERSION = 0;
const FAILED = 1;
const STEP_OF_SLOT = 2;
/** Steps whose bytes are remembered. */
const SLOTS = 4;
const REDUCED = STEP_OF_SLOT + SLOTS;

/**
 * Where an exchange stands, in memory that the training thread and the communication thread share. The communication
 * thread writes; the other may be blocked for as long as it likes and reads when it wants to know.
 */
export class ExchangeState {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #bytes: Float64Array;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#bytes = new Float64Array(buffer, 0, SLOTS);
    this.#cells = new Int32Array(buffer, this.#bytes.byteLength);
  }

  static allocate(buckets: number): ExchangeState {
    const cells = REDUCED + buckets;
    const bytes = SLOTS * Float64Array.BYTES_PER_ELEMENT + cells * Int32Array.BYTES_PER_ELEMENT;
    return new ExchangeState(new SharedArrayBuffer(bytes));
  }

  /** Changes with every sign of life of the exchange. */
  get version(): number {
    return Atomics.load(this.#cells, VERSION);
  }

  get failed(): boolean {
    return Atomics.load(this.#cells, FAILED) === 1;
  }

  isReduced(step: number, bucket: number): boolean {
    return Atomics.load(this.#cells, REDUCED + bucket) >= step;
  }

  /** 0 for a step that is not among the newest. */
  bytesSent(step: number): number {
    const slot = step % SLOTS;
    return Atomics.load(this.#cells, STEP_OF_SLOT + slot) === step ? (this.#bytes[slot] ?? 0) : 0;
  }

  /** Blocks until something is reduced or has failed, at most for `ms`; not at all if the version is another than `seen`. */
  waitForChange(seen: number, ms: number): void {
    Atomics.wait(this.#cells, VERSION, seen, ms);
  }

  /** A sign of life, for every frame: whoever waits is not woken by it, since both threads may share a core. */
  touch(): void {
    Atomics.add(this.#cells, VERSION, 1);
  }

  markReduced(step: number, bucket: number, bytesSent: number): void {
    const slot = step % SLOTS;
    this.#bytes[slot] = bytesSent;
    Atomics.store(this.#cells, STEP_OF_SLOT + slot, step);
    Atomics.store(this.#cells, REDUCED + bucket, step);
    this.#wake();
  }

  markFailed(): void {
    Atomics.store(this.#cells, FAILED, 1);
    this.#wake();
  }

  #wake(): void {
    this.touch();
    Atomics.notify(this.#cells, VERSION);
  }
}
