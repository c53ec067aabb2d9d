import { type BucketRange, planBuckets } from '@tandem/collective';
import { elementsOf, type Network } from '@tandem/model';

/** Slots of the scalars' tensor, which leads the flat gradient space. */
export const SCALAR_SLOTS = 3;

/** A stretch of the flat gradient space. */
export interface Place {
  readonly offset: number;
  readonly length: number;
  readonly bucket: number;
}

/** Where everything lies in the flat gradient space that is exchanged. */
export interface ExchangeLayout {
  readonly buckets: readonly BucketRange[];
  /** Elements in all. */
  readonly elements: number;
  readonly scalars: Place;
  /** Of each parameter; undefined for the untrained. */
  readonly parameters: readonly (Place | undefined)[];
  /** Of each reduction of the network, in a bucket of its own: ranks wait for it in the middle of a step. */
  readonly reductions: readonly Place[];
  /** How many tensors a bucket waits for, each counted once for every local partial. */
  readonly tensorsIn: readonly number[];
}

/** Scalars first, then the parameters last to first: the order in which a backward pass has them ready. Then reductions. */
export function layOutExchange(
  { parameters, reductions }: Pick<Network, 'parameters' | 'reductions'>,
  bucketBytes: number,
): ExchangeLayout {
  const trained = [...parameters.keys()].filter((index) => parameters[index]!.untrained !== true).reverse();
  const sizes = [SCALAR_SLOTS, ...trained.map((index) => elementsOf(parameters[index]!.shape))];
  const plan = planBuckets(sizes, bucketBytes);
  const buckets = [...plan.buckets];
  let elements = 0;
  const place = (length: number, bucket: number): Place => ({ offset: (elements += length) - length, length, bucket });
  const [scalars, ...gradients] = sizes.map((size, index) => place(size, plan.bucketOf[index]!)) as [Place, ...Place[]];
  const ofReductions = reductions.map(({ length }) => {
    buckets.push({ start: elements, length });
    return place(length, buckets.length - 1);
  });
  return {
    buckets,
    elements,
    scalars,
    parameters: parameters.map((_, index) => gradients[trained.indexOf(index)]),
    reductions: ofReductions,
    tensorsIn: buckets.map(
      (_, bucket) => [scalars, ...gradients, ...ofReductions].filter((other) => other.bucket === bucket).length,
    ),
  };
}
