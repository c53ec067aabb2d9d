/** How values are spread, in TensorFlow's terms. */
export interface HistogramSummary {
  readonly min: number;
  readonly max: number;
  readonly num: number;
  readonly sum: number;
  readonly sumSquares: number;
  /** Upper ends. */
  readonly bucketLimit: readonly number[];
  readonly bucket: readonly number[];
}

/** Values that a histogram of a parameter is made of: more would not look different, and would hold training up. */
export const HISTOGRAM_VALUES = 65_536;

/** Each bucket is so many times as wide as the one before it, as TensorFlow's own are. */
const GROWTH = 1.1;
const SMALLEST = 1e-12;
/** 1e-12 · 1.1^776 is the first beyond 1e20. */
const POSITIVE = 777;

/** Those below zero, those above, and zero. */
export const MOST_BUCKETS = 2 * POSITIVE + 1;

/**
 * A histogram of at most about `most` of the values, evenly spaced; of those that are no finite numbers, none. Buckets that
 * are empty at both ends are left out.
 */
export function histogramOf(values: Float32Array, most: number): HistogramSummary {
  const stride = strideOf(values.length, most);
  // Negative ones from the largest, then zero and the smallest, then positive ones.
  const counts = new Float64Array(MOST_BUCKETS);
  const facts = { min: Infinity, max: -Infinity, num: 0, sum: 0, sumSquares: 0 };
  for (let at = 0; at < values.length; at += stride) {
    const value = values[at]!;
    if (!Number.isFinite(value)) continue;
    facts.min = Math.min(facts.min, value);
    facts.max = Math.max(facts.max, value);
    facts.num++;
    facts.sum += value;
    facts.sumSquares += value * value;
    counts[bucketOf(value)]!++;
  }
  if (facts.num === 0) return { min: 0, max: 0, num: 0, sum: 0, sumSquares: 0, bucketLimit: [0], bucket: [0] };
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  const buckets = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  return { ...facts, bucketLimit: buckets.map(upperEnd), bucket: buckets.map((index) => counts[index]!) };
}

/** One of so many values at most is looked at, so that they are evenly spaced. */
export function strideOf(length: number, most: number): number {
  return Math.max(1, Math.ceil(length / most));
}

function bucketOf(value: number): number {
  const size = Math.abs(value);
  if (size < SMALLEST) return POSITIVE;
  const exponent = Math.min(POSITIVE - 1, Math.floor(Math.log(size / SMALLEST) / Math.log(GROWTH)));
  return value > 0 ? POSITIVE + 1 + exponent : POSITIVE - 1 - exponent;
}

function upperEnd(bucket: number): number {
  const beyond = bucket - POSITIVE;
  return beyond >= 0 ? SMALLEST * GROWTH ** beyond : -SMALLEST * GROWTH ** (-beyond - 1);
}
