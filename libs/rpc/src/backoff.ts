export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** In [0, 1); default: Math.random. */
  readonly random?: () => number;
}

/**
 * The pauses between attempts: doubling from `firstMs` up to `maxMs`, each between half of that and the whole, so that
 * workers that were started together do not knock together.
 */
export function* backoff(options: BackoffOptions): Generator<number, never> {
  const random = options.random ?? Math.random;
  for (let pause = options.firstMs; ; pause = Math.min(2 * pause, options.maxMs)) yield pause * (0.5 + random() / 2);
}
