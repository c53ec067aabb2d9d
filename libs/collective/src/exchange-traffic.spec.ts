import { describe, expect, it } from 'vitest';
import type { BucketRange, Encoding } from './bucket-plan.js';
import { createAllReduce } from './create-all-reduce.js';
import { exchangeTraffic, type RankTraffic } from './exchange-traffic.js';
import { createInMemoryCluster } from './in-memory-transport.js';
import { type ExchangeOrder, localPartials } from './local-partials.js';
import { sharedFloats } from './testing/ranks.js';
import type { Transport } from './transport.js';

interface Case {
  readonly order: ExchangeOrder;
  readonly encoding: Encoding;
  readonly worldSize: number;
  readonly microBatches: number;
}

const cases: Case[] = [1, 2, 3, 4, 5, 8].flatMap((worldSize) =>
  [1, 2, 3, 5, 8].flatMap((microBatches) => [
    { order: 'canonical', encoding: 'float32', worldSize, microBatches } as const,
    { order: 'canonical', encoding: 'bfloat16', worldSize, microBatches } as const,
    { order: 'fast', encoding: 'float32', worldSize, microBatches } as const,
  ]),
);
const CHUNK_BYTES = 12;

/** Scalars, sums that divide evenly or not or are fewer than ranks, and rows that are gathered: as a step has them. */
function bucketsOf({ encoding, microBatches }: Case): BucketRange[] {
  const parts = Array.from({ length: microBatches }, (_, index) => (index === 1 ? 0 : 2 + (index % 3)));
  const shapes: Omit<BucketRange, 'start'>[] = [
    { length: 3 },
    { length: 40, encoding },
    { length: 17, encoding },
    { length: parts.reduce((sum, part) => sum + part, 0), parts, encoding },
  ];
  let start = 0;
  return shapes.map((shape) => ({ start: (start += shape.length) - shape.length, ...shape }));
}

/** Counts what passes, as frames and bytes. */
function counted(transport: Transport, seen: { sent: number; framesSent: number; received: number; frames: number }) {
  return {
    rank: transport.rank,
    worldSize: transport.worldSize,
    send: (to, frame) => {
      seen.sent += frame.data.byteLength;
      seen.framesSent++;
      return transport.send(to, frame);
    },
    onFrame: (listener) =>
      transport.onFrame((from, frame) => {
        seen.received += frame.data.byteLength;
        seen.frames++;
        listener(from, frame);
      }),
    onPeerLost: (listener) => transport.onPeerLost(listener),
    close: () => transport.close(),
  } satisfies Transport;
}

/** A step over the in-memory transport. */
async function measure(one: Case) {
  const { order, microBatches, worldSize } = one;
  const buckets = bucketsOf(one);
  const elements = buckets.reduce((sum, { length }) => sum + length, 0);
  const { transports } = createInMemoryCluster(worldSize, { seed: 1 });
  const ranks = transports.map((plain, rank) => {
    const seen = { sent: 0, framesSent: 0, received: 0, frames: 0 };
    const transport = counted(plain, seen);
    const partials = localPartials(order, microBatches, worldSize, rank).map(() => sharedFloats(elements));
    const allReduce = createAllReduce({
      ...{ transport, order, microBatches, buckets, chunkBytes: CHUNK_BYTES },
      buffers: { partials, mean: sharedFloats(elements) },
    });
    const done = new Promise<void>((resolve, reject) => {
      let left = buckets.length;
      allReduce.onReduced(() => --left === 0 && resolve());
      allReduce.onFailure(reject);
    });
    return { allReduce, done, seen };
  });
  for (const { allReduce } of ranks) for (const bucket of buckets.keys()) allReduce.contribute(1, bucket);
  await Promise.all(ranks.map(({ done }) => done));
  const measured = ranks.map(({ allReduce, seen }) => ({
    bytesSent: allReduce.bytesSent(1),
    bytesReceived: seen.received,
    framesSent: seen.framesSent,
    framesReceived: seen.frames,
  }));
  expect(ranks.map(({ seen }) => seen.sent)).toEqual(measured.map(({ bytesSent }) => bytesSent));
  for (const { allReduce } of ranks) allReduce.close();
  return measured;
}

const sumOf = (ofBuckets: readonly (readonly RankTraffic[])[], rank: number, key: keyof RankTraffic) =>
  ofBuckets.reduce((sum, ranks) => sum + ranks[rank]![key], 0);

describe('exchangeTraffic', () => {
  it.each(cases)(
    'is what $worldSize ranks with $microBatches micro-batches send and receive in $order order as $encoding',
    async (one) => {
      const predicted = exchangeTraffic({ ...one, buckets: bucketsOf(one), chunkBytes: CHUNK_BYTES });
      const keys = ['bytesSent', 'bytesReceived', 'framesSent', 'framesReceived'] as const;
      const ofRanks = Array.from({ length: one.worldSize }, (_, rank) =>
        Object.fromEntries(keys.map((key) => [key, sumOf(predicted, rank, key)])),
      );
      expect(ofRanks).toEqual(await measure(one));
    },
  );

  it('counts each addition of the tree that is not within one rank once', () => {
    const buckets = [{ start: 0, length: 100 }];
    const additions = (order: ExchangeOrder, worldSize: number) =>
      exchangeTraffic({ order, microBatches: 8, worldSize, buckets, chunkBytes: 64 })[0]!.reduce(
        (sum, rank) => sum + rank.additions,
        0,
      );
    expect([1, 2, 4, 8].map((worldSize) => additions('canonical', worldSize))).toEqual([0, 100, 300, 700]);
    expect([1, 2, 4, 8].map((worldSize) => additions('fast', worldSize))).toEqual([0, 100, 300, 700]);
    const partials = [0, 1, 2].flatMap((rank) => localPartials('canonical', 8, 3, rank)).length;
    expect(additions('canonical', 3)).toBe(100 * (partials - 1));
  });

  it.each(['canonical', 'fast'] as const)(
    'is 2(N − 1) ⁄ N of the gradients in %s order with a micro-batch a rank',
    (order) => {
      const buckets = [{ start: 0, length: 8000 }];
      const [ranks] = exchangeTraffic({ order, worldSize: 8, microBatches: 8, buckets, chunkBytes: 4096 });
      for (const { bytesSent } of ranks!) expect(bytesSent).toBe((2 * 7 * 4 * 8000) / 8);
    },
  );
});
