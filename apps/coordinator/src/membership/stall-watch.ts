export interface StallWatchOptions {
  /** 0: never. */
  readonly reportMs: number;
  /** Whether there should be steps now. */
  readonly expected: () => boolean;
  /** Gets for how long there was none; again each time that it was as long again. */
  readonly onStall: (ms: number) => void;
}

/** Notices when nothing comes any more of a run that should go on. */
export class StallWatch {
  readonly #timer: NodeJS.Timeout | undefined;
  #lastMs = performance.now();

  constructor({ reportMs, expected, onStall }: StallWatchOptions) {
    if (reportMs === 0) return;
    let told = 0;
    this.#timer = setInterval(
      () => {
        const ms = performance.now() - this.#lastMs;
        if (!expected()) return this.progress();
        const times = Math.floor(ms / reportMs);
        if (times > told) onStall(ms);
        told = times;
      },
      Math.max(10, reportMs / 10),
    );
  }

  /** A step was made, or something else that steps wait for. */
  progress(): void {
    this.#lastMs = performance.now();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
