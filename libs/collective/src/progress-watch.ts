/** Calls `onStall` when, between `start` and `stop`, there has been no `progress` for `timeoutMs`. 0: never. */
export class ProgressWatch {
  readonly #timeoutMs: number;
  readonly #onStall: () => void;
  #last = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number, onStall: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#onStall = onStall;
  }

  start(): void {
    this.progress();
    if (this.#timeoutMs > 0 && this.#timer === undefined) this.#wait(this.#timeoutMs);
  }

  progress(): void {
    this.#last = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  // One timer a period, not one a frame: thousands of frames a second come in.
  #wait(ms: number): void {
    this.#timer = setTimeout(() => {
      const left = this.#last + this.#timeoutMs - performance.now();
      if (left > 0) return this.#wait(left);
      this.#timer = undefined;
      this.#onStall();
    }, ms);
  }
}
