import { type BucketRange, type Encoding, planBuckets } from '@tandem/collective';
import { microBatchSizes } from '@tandem/core';
import { elementsOf, type Network } from '@tandem/model';

/** Slots of the scalars' tensor, which leads the flat gradient space. */
export const SCALAR_SLOTS = 3;

/** A stretch of the flat gradient space. */
export interface Place {
  readonly offset: number;
  readonly length: number;
  readonly bucket: number;
}

/** Both factors of a layer, [globalBatch, inputs] and [globalBatch, outputs], rows in sample order; gathered, not summed. */
export interface FactorPlaces {
  readonly input: Place;
  readonly outputGradient: Place;
}

/** Where everything lies in the flat gradient space that is exchanged. */
export interface ExchangeLayout {
  readonly buckets: readonly BucketRange[];
  /** Elements in all. */
  readonly elements: number;
  readonly scalars: Place;
  /** Of each parameter; undefined for the untrained, and for those whose gradient is made of factors. */
  readonly parameters: readonly (Place | undefined)[];
  /** Of each reduction of the network, in a bucket of its own: ranks wait for it in the middle of a step. */
  readonly reductions: readonly Place[];
  /** By their number in `Network.factorLayers`; those that are exchanged as factors. */
  readonly factors: ReadonlyMap<number, FactorPlaces>;
  /** How many tensors a bucket that is summed waits for, each counted once for every local partial; 0 for gathered ones. */
  readonly tensorsIn: readonly number[];
}

export interface ExchangeLayoutOptions {
  readonly bucketBytes: number;
  /** Rows of a whole global batch. */
  readonly globalBatch: number;
  readonly microBatches: number;
  /** Names of layers that are exchanged as factors. */
  readonly factors: readonly string[];
  /** Of gradients and factors; scalars and reductions travel as float32. */
  readonly encoding: Encoding;
}

/**
 * Scalars first, in a bucket of their own, then the parameters last to first: the order in which a backward pass has them ready.
 * Then reductions, then factors, each in a bucket of its own.
 */
export function layOutExchange(
  network: Pick<Network, 'parameters' | 'reductions' | 'factorLayers'>,
  options: ExchangeLayoutOptions,
): ExchangeLayout {
  const { parameters, reductions, factorLayers } = network;
  const asFactors = factorLayers.flatMap((layer, number) => (options.factors.includes(layer.name) ? [number] : []));
  const made = new Set(asFactors.flatMap((number) => [...factorLayers[number]!.parameters]));
  const summed = [...parameters.keys()]
    .filter((index) => parameters[index]!.untrained !== true && !made.has(index))
    .reverse();
  const { encoding } = options;
  const sizes = summed.map((index) => elementsOf(parameters[index]!.shape));
  const plan = planBuckets(sizes, options.bucketBytes);
  const buckets: BucketRange[] = [];
  let elements = 0;
  const place = (length: number, bucket: number): Place => ({ offset: (elements += length) - length, length, bucket });
  const placeInOwnBucket = (length: number, more: Omit<BucketRange, 'start' | 'length'> = {}): Place => {
    buckets.push({ start: elements, length, ...more });
    return place(length, buckets.length - 1);
  };
  const scalars = placeInOwnBucket(SCALAR_SLOTS);
  buckets.push(...plan.buckets.map(({ start, length }) => ({ start: start + SCALAR_SLOTS, length, encoding })));
  const gradients = sizes.map((size, index) => place(size, plan.bucketOf[index]! + 1));
  const ofReductions = reductions.map(({ length }) => placeInOwnBucket(length));
  const rows = microBatchSizes(options.globalBatch, options.microBatches);
  const matrix = (columns: number): Place =>
    placeInOwnBucket(options.globalBatch * columns, { parts: rows.map((size) => size * columns), encoding });
  const factors = new Map(
    asFactors.reverse().map((number) => {
      const { inputs, outputs } = factorLayers[number]!;
      return [number, { input: matrix(inputs), outputGradient: matrix(outputs) }];
    }),
  );
  return {
    buckets,
    elements,
    scalars,
    parameters: parameters.map((_, index) => gradients[summed.indexOf(index)]),
    reductions: ofReductions,
    factors,
    tensorsIn: buckets.map(
      (_, bucket) => [scalars, ...gradients, ...ofReductions].filter((other) => other.bucket === bucket).length,
    ),
  };
}
