import { dealMicroBatches, Deferred } from '@tandem/core';
import { describe, expect, it } from 'vitest';
import { createAllReduce } from './create-all-reduce.js';
import { createInMemoryCluster } from './in-memory-transport.js';
import { localPartials } from './local-partials.js';
import { sharedFloats } from './testing/ranks.js';
import type { Frame, Transport } from './transport.js';

/** Bucket 0 is summed, bucket 1 gathered from parts of 3, 0, 5, 1 elements. */
const parts = [3, 0, 5, 1];
const buckets = [
  { start: 0, length: 2 },
  { start: 2, length: 9, parts },
];
const valueOf = (step: number, at: number) => step * 100 + at;
const turn = () => new Promise(setImmediate);

class GatheringRank {
  readonly mean = sharedFloats(11);
  readonly reduced: string[] = [];
  readonly failure = new Deferred<Error>();
  readonly allReduce;
  readonly #own: readonly number[];

  constructor(transport: Transport, worldSize: number, order: 'canonical' | 'fast' = 'canonical') {
    const { rank } = transport;
    const deal = dealMicroBatches(parts.length, worldSize, rank);
    const start = (part: number) => parts.slice(0, part).reduce((sum, elements) => sum + elements, 0);
    this.#own = Array.from({ length: start(deal.end) - start(deal.start) }, (_, i) => start(deal.start) + i);
    const partials = localPartials(order, parts.length, worldSize, rank).map(() => sharedFloats(11));
    this.allReduce = createAllReduce({
      ...{ transport, order, microBatches: parts.length, buckets, chunkBytes: 8 },
      buffers: { partials, mean: this.mean },
    });
    this.allReduce.onReduced((step, bucket) => this.reduced.push(`${step}/${bucket}`));
    this.allReduce.onFailure((error) => this.failure.resolve(error));
  }

  gather(step: number): void {
    for (const at of this.#own) this.mean[2 + at] = valueOf(step, at);
    this.allReduce.contribute(step, 1);
  }

  async until(...buckets: string[]): Promise<void> {
    while (!buckets.every((bucket) => this.reduced.includes(bucket))) await turn();
  }

  get gathered(): number[] {
    return [...this.mean.subarray(2)];
  }
}

const whole = (step: number) => Array.from({ length: 9 }, (_, at) => valueOf(step, at));

describe.each([1, 2, 3, 4, 6])('a gathered bucket in a world of %i', (worldSize) => {
  it.each([
    ['canonical', false],
    ['fast', false],
    ['canonical', true],
  ] as const)(
    'comes together on every rank, step after step, in %s order (read by peers where it lies: %s)',
    async (order, lends) => {
      const { transports } = createInMemoryCluster(worldSize, { seed: worldSize, unaligned: true, lends });
      const ranks = transports.map((transport) => new GatheringRank(transport, worldSize, order));
      for (const step of [1, 2, 3]) {
        for (const rank of ranks) {
          rank.gather(step);
          rank.allReduce.contribute(step, 0);
        }
        for (const rank of ranks) {
          await rank.until(`${step}/0`, `${step}/1`);
          expect(rank.gathered).toEqual(whole(step));
        }
      }
      for (const rank of ranks) rank.allReduce.close();
    },
  );
});

describe('a gathered bucket', () => {
  it('is not overwritten by a peer a step ahead before this rank contributes again', async () => {
    const { transports } = createInMemoryCluster(2);
    const [first, second] = transports.map((transport) => new GatheringRank(transport, 2)) as [
      GatheringRank,
      GatheringRank,
    ];
    for (const rank of [first, second]) {
      rank.gather(1);
      rank.allReduce.contribute(1, 0);
    }
    await Promise.all([first.until('1/0', '1/1'), second.until('1/0', '1/1')]);
    first.gather(2);
    for (let i = 0; i < 20; i++) await turn();
    expect(second.gathered).toEqual(whole(1));
    second.gather(2);
    await second.until('2/1');
    expect(second.gathered).toEqual(whole(2));
    for (const rank of [first, second]) rank.allReduce.close();
  });

  it('costs a rank its own part for every peer', async () => {
    const { transports } = createInMemoryCluster(4);
    const ranks = transports.map((transport) => new GatheringRank(transport, 4));
    for (const rank of ranks) {
      rank.gather(1);
      rank.allReduce.contribute(1, 0);
    }
    await Promise.all(ranks.map((rank) => rank.until('1/0', '1/1')));
    // Of the sum of 2 elements: a shard of one to its owner or none, and the mean from the two owners.
    const ofSum = [1 + 3, 1 + 3, 2, 2].map((elements) => elements * 4);
    expect(ranks.map(({ allReduce }) => allReduce.bytesSent(1))).toEqual(
      parts.map((own, i) => own * 3 * 4 + ofSum[i]!),
    );
    for (const rank of ranks) rank.allReduce.close();
  });

  const right: Frame = { step: 1, bucket: 1, phase: 'gather', part: 0, offset: 3, data: new Uint8Array(8) };
  it.each([
    ['a partial sum', { ...right, phase: 'reduce' as const }, 'gathered, not summed'],
    ["another rank's part", { ...right, offset: 0 }, 'no chunk'],
    ['more than a chunk', { ...right, data: new Uint8Array(12) }, 'no chunk'],
  ])('refuses %s', async (_, frame, says) => {
    const { transports } = createInMemoryCluster(2);
    const rank = new GatheringRank(transports[0]!, 2);
    await transports[1]!.send(0, frame);
    await expect(rank.failure.promise).resolves.toMatchObject({ code: 'TANDEM_EXCHANGE_FRAME' });
    expect((await rank.failure.promise).message).toContain(says);
  });

  it('refuses a chunk that has come', async () => {
    const { transports } = createInMemoryCluster(2);
    const rank = new GatheringRank(transports[0]!, 2);
    await transports[1]!.send(0, right);
    await transports[1]!.send(0, right);
    expect((await rank.failure.promise).message).toContain('come before');
  });
});
