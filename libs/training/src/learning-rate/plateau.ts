/** See `optimizer.schedule` in docs/configuration.md. */
export interface PlateauOptions {
  /** What a drop multiplies the rate by. */
  readonly factor: number;
  /** So many evaluations in a row without improvement make a drop. */
  readonly patience: number;
  /** A fraction of the samples: an improvement is more than this. */
  readonly threshold: number;
  readonly maxDrops: number;
}

/** The errors of all evaluations so far. */
export interface EvaluationHistory {
  /** Top-1 errors of each evaluation, in order. */
  readonly errors: readonly number[];
  /** In the evaluation set. */
  readonly samples: number;
}

/**
 * How often the rate has dropped: Krizhevsky, Sutskever and Hinton (2012), section 5, who divided it by 10 whenever the
 * validation error stopped improving. A fold over the whole history, so that there is no state to keep or to hand over.
 */
export function plateauDrops({ patience, threshold, maxDrops }: PlateauOptions, history: EvaluationHistory): number {
  let best = Infinity;
  let withoutImprovement = 0;
  let drops = 0;
  for (const errors of history.errors) {
    if (best - errors > threshold * history.samples) {
      best = errors;
      withoutImprovement = 0;
    } else if (++withoutImprovement === patience) {
      withoutImprovement = 0;
      drops++;
    }
  }
  return Math.min(drops, maxDrops);
}
