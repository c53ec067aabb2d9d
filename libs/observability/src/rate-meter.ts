/** Weight of the newest step: about the last ten steps count. */
const newest = 0.2;

/** The recent speed of training, smoothed, for people. */
export class RateMeter {
  #samples = 0;
  #ms = 0;

  /** Adds one step of `samples` that took `ms`. */
  add(samples: number, ms: number): void {
    const weight = this.#ms === 0 ? 1 : newest;
    this.#samples += weight * (samples - this.#samples);
    this.#ms += weight * (ms - this.#ms);
  }

  /** 0 before the first step. */
  get imagesPerSecond(): number {
    return this.#ms === 0 ? 0 : (1000 * this.#samples) / this.#ms;
  }

  /** Milliseconds that `steps` more will take; 0 before the first step. */
  remainingMs(steps: number): number {
    return steps * this.#ms;
  }
}
