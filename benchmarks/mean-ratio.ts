export interface MeanRatio {
  readonly mean: number;
  /** Of the mean; undefined of fewer than two rounds. */
  readonly standardError: number | undefined;
}

/** The geometric mean of one ratio a round, which says of a/b the inverse of what it says of b/a; the error is that of its logarithm. */
export function meanRatio(ratios: readonly number[]): MeanRatio {
  const logs = ratios.map(Math.log);
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  if (logs.length < 2) return { mean: Math.exp(mean), standardError: undefined };
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1);
  return { mean: Math.exp(mean), standardError: Math.sqrt(variance / logs.length) };
}
