import { dealMicroBatches } from '@tandem/core';
import { type Encoding, type ExchangeOrder, foldTree, type FoldTree, localPartials } from '@tandem/collective';
import { describe, expect, it } from 'vitest';
import { layOutExchange } from './exchange-layout.js';
import { GradientCollector } from './gradient-collector.js';
import type { GradientExchange } from './gradient-exchange.js';
import { LocalExchange } from './local-exchange.js';
import { Replica } from './replica.js';
import { SharedMemoryExchange } from './shared-memory-exchange.js';
import { batchOf, config, network, operations, tf } from './testing/rows.js';

const replica = new Replica(network, operations, config);
const { bucketBytes } = config.exchange;
const dense = network.factorLayers.map(({ name }) => name);

interface Case {
  readonly samples: number;
  readonly microBatches: number;
  /** Of a whole batch. Default: samples. */
  readonly globalBatch?: number;
  readonly factors?: readonly string[];
  readonly encoding?: Encoding;
}

function layoutOf({ samples, microBatches, globalBatch = samples, factors = [], encoding = 'float32' }: Case) {
  return layOutExchange(network, { bucketBytes, globalBatch, microBatches, factors, encoding });
}

/** Runs a rank's part of a step's backward pass into `exchange`. */
function collect(
  exchange: GradientExchange,
  samples: number,
  microBatches: number,
  worldSize: number,
  rank: number,
): void {
  const deal = dealMicroBatches(microBatches, worldSize, rank);
  const batch = batchOf(3, samples, microBatches, deal);
  const placement = { firstRow: batch.firstRow, globalRows: samples, segments: batch.segments };
  const collector = new GradientCollector({
    operations,
    network,
    exchange,
    firstMicroBatch: deal.start,
    placement,
    stopVote: rank === 1,
    evaluationErrors: rank === 1 ? 5 : 0,
  });
  exchange.begin(3);
  const rows = batch.labels.length;
  if (rows === 0) {
    collector.nothingToAdd();
    return;
  }
  const images = operations.fromFloat32(batch.images, [rows, 8, 8, 1]);
  const { labels } = batch;
  replica.withWeights((weights) => {
    network.gradients(operations, weights, { images, labels, placement, seed: 1, step: 3 }, collector);
  });
  images.dispose();
}

/** Every rank's partial sums, and how often each bucket was contributed; all ranks gather factors in one memory. */
function partialsOf(order: ExchangeOrder, shape: Case, worldSize: number, isReduced = () => true) {
  const { samples, microBatches, globalBatch = samples, encoding = 'float32' } = shape;
  const layout = layoutOf(shape);
  const mean = new Float32Array(layout.elements).fill(NaN);
  return Array.from({ length: worldSize }, (_, rank) => {
    const nodes = localPartials(order, microBatches, worldSize, rank);
    const partials = nodes.map(() => new Float32Array(layout.elements).fill(NaN));
    const contributed: number[] = [];
    const exchange = new SharedMemoryExchange({
      ...{ operations, network, layout, globalBatch, microBatches, encoding },
      partials: nodes,
      deal: dealMicroBatches(microBatches, worldSize, rank),
      buckets: {
        partials,
        mean,
        contribute: (_, bucket) => contributed.push(bucket),
        isReducedWithin: isReduced,
        wait: () => undefined,
        bytesSent: () => 0,
      },
    });
    collect(exchange, samples, microBatches, worldSize, rank);
    return { nodes, partials, contributed, exchange };
  });
}

/** What a world of one has, flat and in the exchange's layout, and the gradients made of factors by parameter. */
function meanOfOne({ samples, microBatches, globalBatch = samples, factors = [], encoding = 'float32' }: Case) {
  const layout = layoutOf({ samples, microBatches, globalBatch, factors, encoding });
  const exchange = new LocalExchange({ operations, network, globalBatch, microBatches, factors, encoding });
  collect(exchange, samples, microBatches, 1, 0);
  const flat = new Float32Array(layout.elements);
  const products = new Map<number, Float32Array>();
  flat[0] = exchange.complete().loss;
  for (const [parameter, place] of layout.parameters.entries()) {
    const mean = exchange.mean(parameter);
    if (place === undefined) products.set(parameter, operations.read(mean).slice());
    else flat.set(operations.read(mean), place.offset);
    mean.dispose();
  }
  return { flat, products };
}

describe('gradients collected at any world size', () => {
  const cases = [
    { samples: 10, microBatches: 5 },
    { samples: 11, microBatches: 6 },
    { samples: 3, microBatches: 5 },
    { samples: 1, microBatches: 2 },
  ];
  it.each(cases)(
    'fold to the bits of a world of one: $samples samples in $microBatches',
    ({ samples, microBatches }) => {
      const layout = layoutOf({ samples, microBatches });
      const { flat: expected } = meanOfOne({ samples, microBatches });
      for (const worldSize of [2, 3, 5, 7]) {
        const ranks = partialsOf('canonical', { samples, microBatches }, worldSize);
        const fold = (node: FoldTree): Float32Array => {
          for (const { nodes, partials } of ranks) {
            const own = nodes.findIndex(({ index }) => index === node.index);
            if (own >= 0) return partials[own]!;
          }
          const [left, right] = node.children!.map(fold) as [Float32Array, Float32Array];
          return left.map((value, at) => value + right[at]!);
        };
        const mean = fold(foldTree(microBatches));
        // Rank 1 voted to stop, if it had micro-batches to send its vote with.
        expect(mean[1]).toBe(ranks[1]!.nodes.length > 0 ? 1 : 0);
        expect(mean[2]).toBe(ranks[1]!.nodes.length > 0 ? 5 : 0);
        mean.fill(0, 1, 3);
        expect(Buffer.from(mean.buffer).equals(Buffer.from(expected.buffer)), `${worldSize} ranks`).toBe(true);
        for (const { contributed } of ranks)
          expect(contributed.sort((a, b) => a - b)).toEqual([...layout.buckets.keys()]);
      }
    },
  );

  it('are summed up whole for the plain ring, zeros where a rank has none', () => {
    const shape = { samples: 10, microBatches: 3 };
    const { flat: expected } = meanOfOne(shape);
    const ranks = partialsOf('fast', shape, 5);
    const sum = new Float32Array(expected.length);
    for (const { partials } of ranks) for (const [at, value] of partials[0]!.entries()) sum[at]! += value;
    for (const [at, value] of sum.entries()) if (at !== 1 && at !== 2) expect(value).toBeCloseTo(expected[at]!, 5);
  });

  it.each([
    ...cases,
    { samples: 7, microBatches: 5, globalBatch: 20 },
    { samples: 2, microBatches: 5, globalBatch: 9 },
  ])('are made of the same factors: $samples samples in $microBatches', (shape) => {
    const withFactors = { ...shape, factors: dense };
    const { products } = meanOfOne(withFactors);
    expect(products.size).toBe(4);
    const layout = layoutOf(withFactors);
    for (const worldSize of [2, 3, 7]) {
      const ranks = partialsOf('canonical', withFactors, worldSize);
      for (const { exchange, contributed } of ranks) {
        expect(contributed.sort((a, b) => a - b)).toEqual([...layout.buckets.keys()]);
        exchange.gatherFactors();
        exchange.multiplyFactors();
        for (const [parameter, expected] of products) {
          const mean = exchange.mean(parameter);
          expect(Buffer.from(operations.read(mean).slice().buffer).equals(Buffer.from(expected.buffer))).toBe(true);
          mean.dispose();
        }
      }
    }
    // The same sum as micro-batch by micro-batch, but for rounding.
    const { flat } = meanOfOne(shape);
    for (const [parameter, product] of products) {
      const { offset, length } = layoutOf(shape).parameters[parameter]!;
      const differences = product.map((value, i) => Math.abs(value - flat[offset + i]!));
      expect(product.length).toBe(length);
      expect(differences.reduce((most, difference) => Math.max(most, difference), 0)).toBeLessThan(1e-5);
    }
  });

  it('are of rounded micro-batches and rounded again, where they travel as bfloat16', () => {
    const shape: Case = { samples: 11, microBatches: 3, factors: dense };
    const [exact, rounded] = [meanOfOne(shape), meanOfOne({ ...shape, encoding: 'bfloat16' })];
    const halves = new Uint16Array(rounded.flat.buffer, 3 * 4);
    expect(halves.filter((_, at) => at % 2 === 0).every((lower) => lower === 0)).toBe(true);
    const close = (a: Float32Array, b: Float32Array) => {
      const norm = (values: Float32Array) => Math.hypot(...values);
      expect(norm(a.map((value, at) => value - b[at]!))).toBeLessThan(0.01 * norm(b));
    };
    close(rounded.flat.subarray(3), exact.flat.subarray(3));
    for (const [parameter, product] of rounded.products) close(product, exact.products.get(parameter)!);
    // The loss is not rounded.
    expect(rounded.flat[0]).toBe(exact.flat[0]);
    // Every rank's partial sums of one micro-batch are what bfloat16 holds.
    for (const { nodes, partials } of partialsOf('canonical', { ...shape, encoding: 'bfloat16' }, 3)) {
      expect(nodes).toHaveLength(1);
      const lower = new Uint16Array(partials[0]!.buffer, 3 * 4, 2 * (exact.flat.length - 3));
      const written = Math.max(
        ...Object.values(layoutOf(shape).parameters).map((place) => (place?.offset ?? 0) + (place?.length ?? 0)),
      );
      for (let at = 0; at < written - 3; at++) if (lower[2 * at] !== 0) expect.fail(`element ${at} has more bits`);
    }
  });

  it('are made of factors that are dropped with a step that is broken off', () => {
    const before = tf.memory().numTensors;
    const shape = { samples: 10, microBatches: 2, factors: dense };
    const [first] = partialsOf('canonical', shape, 1, () => false);
    first!.exchange.multiplyFactors();
    expect(tf.memory().numTensors).toBe(before + 4);
    first!.exchange.abandon();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('are made of factors one by one where no sum is waited for', () => {
    const before = tf.memory().numTensors;
    const shape = { samples: 10, microBatches: 2, factors: dense };
    const [first] = partialsOf('canonical', shape, 1);
    first!.exchange.multiplyFactors();
    expect(tf.memory().numTensors).toBe(before);
    const { products } = meanOfOne(shape);
    for (const [parameter, expected] of products) {
      const mean = first!.exchange.mean(parameter);
      expect(operations.read(mean)).toEqual(expected);
      mean.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leave no tensor behind', () => {
    const before = tf.memory().numTensors;
    for (const factors of [[], dense]) {
      meanOfOne({ samples: 7, microBatches: 4, factors });
      partialsOf('canonical', { samples: 7, microBatches: 4, factors }, 2);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});
