/** Steps that a rank's time is the median of, and between two words about it. */
export const STRAGGLER_WINDOW_STEPS = 20;

export interface RankTime {
  readonly rank: number;
  /** Before the exchange, where all ranks come to look alike. */
  readonly computeMs: number;
  readonly microBatches: number;
}

export interface Straggler {
  readonly rank: number;
  /** For one micro-batch: ranks may have been dealt unlike numbers. */
  readonly ms: number;
  /** Of the others. */
  readonly medianMs: number;
}

/** Finds ranks that take `factor` times as long to compute as the others do. Everybody waits for the slowest. */
export class StragglerWatch {
  readonly #factor: number;
  #times = new Map<number, number[]>();
  #steps = 0;

  /** @param factor 0: finds nobody */
  constructor(factor: number) {
    this.#factor = factor;
  }

  /** Ranks mean others than before. */
  enter(): void {
    this.#times.clear();
    this.#steps = 0;
  }

  /** Of one step, all ranks: whoever has been slow for a window of steps, once a window. */
  add(times: readonly RankTime[]): Straggler[] {
    if (this.#factor === 0) return [];
    for (const { rank, computeMs, microBatches } of times) {
      if (microBatches === 0) continue;
      const window = this.#times.get(rank) ?? [];
      this.#times.set(rank, window);
      window.push(computeMs / microBatches);
    }
    if (++this.#steps % STRAGGLER_WINDOW_STEPS !== 0) return [];
    const ranks = [...this.#times].map(([rank, window]) => ({ rank, ms: median(window) }));
    this.#times = new Map();
    return ranks.flatMap(({ rank, ms }) => {
      const others = ranks.filter((other) => other.rank !== rank).map((other) => other.ms);
      if (others.length === 0) return [];
      const medianMs = median(others);
      return ms > this.#factor * medianMs ? [{ rank, ms, medianMs }] : [];
    });
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
