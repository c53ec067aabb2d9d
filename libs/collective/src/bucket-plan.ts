import { invariant } from '@tandem/core';

/** Elements of the flat gradient space: the float32 gradients of all tensors, one after another. */
export interface BucketRange {
  readonly start: number;
  readonly length: number;
  /**
   * Of a bucket that is not summed but gathered: elements of each micro-batch's part, in order; they add up to `length`. Every
   * rank has all parts in the end.
   */
  readonly parts?: readonly number[];
  /**
   * How single micro-batches' values and means travel. `bfloat16`: they are contributed rounded, and means are rounded where they are
   * added up, so nothing is lost on the way; partial sums of several micro-batches travel as float32.
   */
  readonly encoding?: Encoding;
}

export type Encoding = 'float32' | 'bfloat16';

export interface BucketPlan {
  readonly buckets: readonly BucketRange[];
  /** Of each tensor, the bucket that holds it whole. */
  readonly bucketOf: readonly number[];
}

/**
 * Packs whole tensors into buckets of at most `bucketBytes`, in the given order, which is that of the backward pass: a
 * bucket can leave as soon as its last tensor is there. A tensor that is larger has a bucket of its own.
 *
 * @param tensorSizes elements of each tensor
 */
export function planBuckets(tensorSizes: readonly number[], bucketBytes: number): BucketPlan {
  const capacity = Math.floor(bucketBytes / Float32Array.BYTES_PER_ELEMENT);
  const buckets: { start: number; length: number }[] = [];
  let end = 0;
  const bucketOf = tensorSizes.map((size) => {
    invariant(Number.isInteger(size) && size >= 0, `a tensor of ${size} elements was to be packed`);
    const last = buckets.at(-1);
    if (last === undefined || last.length + size > capacity) buckets.push({ start: end, length: size });
    else last.length += size;
    end += size;
    return buckets.length - 1;
  });
  return { buckets, bucketOf };
}
