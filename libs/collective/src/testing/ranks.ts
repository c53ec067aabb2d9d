import { Deferred, RandomStream, StreamPurpose } from '@tandem/core';
import { addFloat32 } from '../add-float32.js';
import type { AllReduce, ExchangeBuffers } from '../all-reduce.js';
import { roundToBfloat16 } from '../bfloat16.js';
import type { BucketRange, Encoding } from '../bucket-plan.js';
import { createAllReduce } from '../create-all-reduce.js';
import { foldNode } from '../fold-tree.js';
import { createInMemoryCluster } from '../in-memory-transport.js';
import type { InMemoryOptions } from '../in-memory-transport.js';
import { localPartials } from '../local-partials.js';
import type { ExchangeOrder } from '../local-partials.js';
import type { Transport } from '../transport.js';

export interface Shape {
  readonly order: ExchangeOrder;
  readonly worldSize: number;
  readonly microBatches: number;
  readonly lengths: readonly number[];
  readonly chunkBytes: number;
  readonly steps?: number;
  readonly encoding?: Encoding;
  readonly network?: InMemoryOptions;
}

/** The gradient of one micro-batch: magnitudes so unlike that any other order of addition shows in the last bits. */
export function leafOf(step: number, microBatch: number, length: number): Float32Array {
  const random = new RandomStream(7, StreamPurpose.statistics, step, microBatch);
  return Float32Array.from({ length }, () => (random.uniform() - 0.5) * 2 ** (random.below(20) - 10));
}

/** As it is contributed. */
export function encodedLeafOf(step: number, microBatch: number, length: number, encoding?: Encoding): Float32Array {
  const leaf = leafOf(step, microBatch, length);
  if (encoding === 'bfloat16') roundToBfloat16(leaf);
  return leaf;
}

export function bucketsOf({ lengths, encoding = 'float32' }: Pick<Shape, 'lengths' | 'encoding'>): BucketRange[] {
  let start = 0;
  return lengths.map((length) => ({ start: (start += length) - length, length, encoding }));
}

export function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * 4));
}

/** One rank's training: what it does with an all-reduce and its buffers. */
export class Rank {
  readonly allReduce: AllReduce;
  readonly buffers: ExchangeBuffers;
  readonly failure = new Deferred<Error>();
  readonly means: Float32Array[] = [];
  readonly bytes: number[] = [];
  readonly #shape: Shape;
  readonly #transport: Transport;
  readonly #buckets: readonly BucketRange[];
  #reduced = new Set<number>();
  #allReduced = new Deferred<void>();

  constructor(shape: Shape, transport: Transport, timeoutMs = 0) {
    const { order, microBatches, worldSize, chunkBytes } = shape;
    this.#shape = shape;
    this.#transport = transport;
    this.#buckets = bucketsOf(shape);
    const nodes = localPartials(order, microBatches, worldSize, transport.rank);
    this.buffers = { partials: nodes.map(() => sharedFloats(this.length)), mean: sharedFloats(this.length) };
    this.buffers.mean.fill(NaN);
    const { buffers } = this;
    this.allReduce = createAllReduce({
      ...{ transport, order, microBatches, chunkBytes, timeoutMs, buffers },
      buckets: this.#buckets,
    });
    this.allReduce.onReduced((_, bucket) => {
      this.#reduced.add(bucket);
      // Whatever still read them would spread it.
      for (const partial of this.#written()) this.#view(partial, bucket).fill(NaN);
      if (this.#reduced.size === this.#buckets.length) this.#allReduced.resolve();
    });
    this.allReduce.onFailure((error) => {
      this.failure.resolve(error);
      this.#allReduced.reject(error);
    });
  }

  get length(): number {
    return this.#shape.lengths.reduce((sum, length) => sum + length, 0);
  }

  contribute(step: number, bucket: number): void {
    const { order, microBatches, worldSize } = this.#shape;
    const nodes = localPartials(order, microBatches, worldSize, this.#transport.rank);
    for (const [i, node] of nodes.entries()) {
      if (node.end === node.start) continue;
      const sum = foldNode(node, (leaf) => encodedLeafOf(step, leaf, this.length, this.#shape.encoding), addInPlace);
      const { start, length } = this.#buckets[bucket] as BucketRange;
      this.buffers.partials[i]?.set(sum.subarray(start, start + length), start);
    }
    this.#view(this.buffers.mean, bucket).fill(NaN);
    this.allReduce.contribute(step, bucket);
  }

  async run(): Promise<void> {
    const { rank } = this.#transport;
    const { steps = 1, network } = this.#shape;
    const random = new RandomStream(network?.seed ?? 0, StreamPurpose.order, rank);
    for (let step = 1; step <= steps; step++) {
      this.#reduced = new Set();
      this.#allReduced = new Deferred();
      const left = this.#buckets.map((_, bucket) => bucket);
      while (left.length > 0) {
        const [bucket] = left.splice(random.below(left.length), 1) as [number];
        this.contribute(step, bucket);
        if (random.below(2) === 0) await new Promise(setImmediate);
      }
      await this.#allReduced.promise;
      this.means.push(this.buffers.mean.slice());
      this.bytes.push(this.allReduce.bytesSent(step));
    }
  }

  /** The zeros of a rank without micro-batches are written once, by the allocation. */
  #written(): readonly Float32Array[] {
    const { order, microBatches, worldSize } = this.#shape;
    const [first] = localPartials(order, microBatches, worldSize, this.#transport.rank);
    return first?.start === first?.end ? [] : this.buffers.partials;
  }

  #view(values: Float32Array, bucket: number): Float32Array {
    const { start, length } = this.#buckets[bucket] as BucketRange;
    return values.subarray(start, start + length);
  }
}

function addInPlace(left: Float32Array, right: Float32Array): Float32Array {
  addFloat32(left, left, right);
  return left;
}

/** All ranks' training over an in-memory cluster. */
export async function runRanks(shape: Shape): Promise<Rank[]> {
  const { transports } = createInMemoryCluster(shape.worldSize, shape.network);
  const ranks = transports.map((transport) => new Rank(shape, transport));
  try {
    await Promise.all(ranks.map((rank) => rank.run()));
  } finally {
    for (const rank of ranks) rank.allReduce.close();
    await Promise.all(transports.map((transport) => transport.close()));
  }
  return ranks;
}
