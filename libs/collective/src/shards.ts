import { dealMicroBatches, type Range } from '@tandem/core';
import type { BucketRange } from './bucket-plan.js';

/** Cuts a bucket in one contiguous shard a rank, in elements from its start; sizes differ by at most one, the larger first. */
export function shardsOf(length: number, worldSize: number): Range[] {
  const small = Math.floor(length / worldSize);
  const larger = length % worldSize;
  const startOf = (rank: number): number => rank * small + Math.min(rank, larger);
  return Array.from({ length: worldSize }, (_, rank) => ({ start: startOf(rank), end: startOf(rank + 1) }));
}

/** Of a gathered bucket: each rank's shard is the parts of the micro-batches that it has been dealt. */
export function gatheredShards(parts: readonly number[], worldSize: number): Range[] {
  const ends = [0];
  for (const elements of parts) ends.push(ends.at(-1)! + elements);
  return Array.from({ length: worldSize }, (_, rank) => {
    const { start, end } = dealMicroBatches(parts.length, worldSize, rank);
    return { start: ends[start]!, end: ends[end]! };
  });
}

/** How many elements travel in one frame. */
export function chunkElementsOf(chunkBytes: number): number {
  return Math.max(1, Math.floor(chunkBytes / Float32Array.BYTES_PER_ELEMENT));
}

/** The pieces in which a shard travels: all of `chunkElements`, but for a shorter last one. */
export class ChunkGrid {
  readonly count: number;
  readonly #shard: Range;
  readonly #chunkElements: number;

  constructor(shard: Range, chunkElements: number) {
    this.#shard = shard;
    this.#chunkElements = chunkElements;
    this.count = Math.ceil((shard.end - shard.start) / chunkElements);
  }

  get elements(): number {
    return this.#shard.end - this.#shard.start;
  }

  /** In elements from the start of the bucket. */
  at(chunk: number): Range {
    const start = this.#shard.start + chunk * this.#chunkElements;
    return { start, end: Math.min(start + this.#chunkElements, this.#shard.end) };
  }

  /** The chunk that is exactly these elements, or undefined. */
  find(offset: number, elements: number): number | undefined {
    const chunk = (offset - this.#shard.start) / this.#chunkElements;
    if (!Number.isInteger(chunk) || chunk < 0 || chunk >= this.count) return undefined;
    const { start, end } = this.at(chunk);
    return end - start === elements ? chunk : undefined;
  }
}

/** What never changes about a bucket: where it lies and how it is cut. */
export interface BucketLayout {
  readonly range: BucketRange;
  /** Of each rank's shard. */
  readonly shards: readonly ChunkGrid[];
}

export function layOut(range: BucketRange, worldSize: number, chunkElements: number): BucketLayout {
  const shards = range.parts === undefined ? shardsOf(range.length, worldSize) : gatheredShards(range.parts, worldSize);
  return { range, shards: shards.map((shard) => new ChunkGrid(shard, chunkElements)) };
}
