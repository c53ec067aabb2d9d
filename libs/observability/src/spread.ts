import { invariant } from '@tandem/core';

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Of one figure over the ranks. The median of an even number is the mean of the middle two. */
export function spread(values: readonly number[]): Spread {
  invariant(values.length > 0, 'a spread has values');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
  return { min: sorted[0]!, median, max: sorted.at(-1)! };
}

/** `101/104/110` */
export function formatSpread({ min, median, max }: Spread): string {
  return [min, median, max].map((value) => Math.round(value)).join('/');
}
