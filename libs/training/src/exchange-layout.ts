import { type BucketPlan, planBuckets } from '@tandem/collective';
import { elementsOf, type ParameterSpec } from '@tandem/model';

/** Slots of the scalars' tensor, which leads the flat gradient space. */
export const SCALAR_SLOTS = 2;

/** Where everything lies in the flat gradient space that is exchanged. */
export interface ExchangeLayout extends BucketPlan {
  /** Elements in all. */
  readonly elements: number;
  /** Of each parameter: its first element and its bucket. */
  readonly parameters: readonly { readonly offset: number; readonly length: number; readonly bucket: number }[];
  /** How many tensors a bucket waits for, each counted once for every local partial. */
  readonly tensorsIn: readonly number[];
}

/** Scalars first, then the parameters last to first: the order in which a backward pass has them ready. */
export function layOutExchange(parameters: readonly ParameterSpec[], bucketBytes: number): ExchangeLayout {
  const sizes = [SCALAR_SLOTS, ...parameters.map(({ shape }) => elementsOf(shape)).reverse()];
  const { buckets, bucketOf } = planBuckets(sizes, bucketBytes);
  const offsets: number[] = [];
  let elements = 0;
  for (const size of sizes) {
    offsets.push(elements);
    elements += size;
  }
  const tensorsIn = buckets.map((_, bucket) => bucketOf.filter((other) => other === bucket).length);
  return {
    buckets,
    bucketOf,
    elements,
    tensorsIn,
    parameters: parameters.map((_, index) => {
      const place = parameters.length - index;
      return { offset: offsets[place]!, length: sizes[place]!, bucket: bucketOf[place]! };
    }),
  };
}
