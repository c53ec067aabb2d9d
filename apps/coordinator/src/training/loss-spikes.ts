/** So many of the last losses make the median; a whole window must be there before anything is a spike. */
const WINDOW = 25;

export interface LossSpike {
  readonly step: number;
  readonly loss: number;
  /** Of the losses before it. */
  readonly median: number;
}

/** Finds losses that are many times the median of those before: a rate too high, broken samples, wrong labels. */
export class LossSpikes {
  readonly #factor: number;
  readonly #last: number[] = [];
  #isHigh = false;

  /** `factor`: `log.spikeFactor`; 0: nothing is a spike. */
  constructor(factor: number) {
    this.#factor = factor;
  }

  /** A spike, told at its first step only: the loss must come down before there is another. */
  add(step: number, loss: number): LossSpike | undefined {
    if (this.#factor === 0 || !Number.isFinite(loss)) return undefined;
    const median = this.#last.length < WINDOW ? Infinity : medianOf(this.#last);
    const isHigh = loss > this.#factor * median;
    const begins = isHigh && !this.#isHigh;
    this.#isHigh = isHigh;
    // A loss that stays high becomes the median in the end, and is no spike then.
    this.#last.push(loss);
    if (this.#last.length > WINDOW) this.#last.shift();
    return begins ? { step, loss, median } : undefined;
  }
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
