import { invariant } from '@tandem/core';
import type { AllReduce, AllReduceOptions } from './all-reduce.js';
import type { BucketExchange, BucketLink } from './bucket-exchange.js';
import { BucketedAllReduce } from './bucketed-all-reduce.js';
import { CanonicalExchange } from './canonical-exchange.js';
import { canonicalSchedule } from './canonical-schedule.js';
import { GatherExchange } from './gather-exchange.js';
import { localPartials } from './local-partials.js';
import { RingExchange } from './ring-exchange.js';
import { ringSchedule } from './ring-schedule.js';
import { chunkElementsOf, layOut } from './shards.js';
import type { BucketLayout } from './shards.js';
import { ChunkAdder } from './sum-chunk.js';

function checkBuffers(options: AllReduceOptions): void {
  const { transport, order, microBatches, buckets, buffers } = options;
  const { rank, worldSize } = transport;
  const partials = localPartials(order, microBatches, worldSize, rank).length;
  invariant(
    buffers.partials.length === partials,
    `${buffers.partials.length} buffers of partial sums were given for the ${partials} of rank ${rank} of ${worldSize}`,
  );
  for (const { parts, length } of buckets)
    invariant(
      parts === undefined ||
        (parts.length === microBatches && parts.reduce((sum, elements) => sum + elements, 0) === length),
      `a bucket of ${length} elements is gathered from ${parts?.length} parts, not ${microBatches} that add up to it`,
    );
  invariant(
    order === 'canonical' || buckets.every(({ parts, encoding }) => parts !== undefined || encoding !== 'bfloat16'),
    'the ring was asked for with buckets of bfloat16, which it would round at each hop',
  );
  const needed = Math.max(0, ...buckets.map(({ start, length }) => start + length));
  for (const { length } of [...buffers.partials, buffers.mean])
    invariant(length >= needed, `a buffer has ${length} elements, the buckets ${needed}`);
}

/** The all-reduce of one generation, over the ranks of `options.transport`; it listens from now on. */
export function createAllReduce(options: AllReduceOptions): AllReduce {
  const { transport, order, microBatches, buckets, buffers } = options;
  const { rank, worldSize } = transport;
  checkBuffers(options);
  const chunkElements = chunkElementsOf(options.chunkBytes);
  const summed = order === 'canonical' ? canonical() : ring();
  return new BucketedAllReduce({
    transport,
    layouts: buckets.map((range) => layOut(range, worldSize, chunkElements)),
    timeoutMs: options.timeoutMs ?? 0,
    exchangeFor: (layout, link) => (layout.range.parts === undefined ? summed : gathered)(layout, link),
  });

  function gathered(layout: BucketLayout, link: BucketLink): BucketExchange {
    return new GatherExchange({ rank, worldSize, gathered: buffers.mean }, layout, link);
  }

  function canonical(): (layout: BucketLayout, link: BucketLink) => BucketExchange {
    const schedule = canonicalSchedule(microBatches, worldSize);
    const adder = new ChunkAdder(schedule.sum, chunkElements);
    const context = { rank, worldSize, schedule, adder, buffers };
    return (layout, link) => new CanonicalExchange(context, layout, link);
  }

  function ring(): (layout: BucketLayout, link: BucketLink) => BucketExchange {
    const context = { schedule: ringSchedule(worldSize, rank), buffers };
    return (layout, link) => new RingExchange(context, layout, link);
  }
}
