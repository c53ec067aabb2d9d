import { InvariantError, RunError } from '@tandem/core';
import { describe, expect, it } from 'vitest';
import { createInMemoryCluster } from './in-memory-transport.js';
import type { InMemoryCluster } from './in-memory-transport.js';
import { Rank } from './testing/ranks.js';
import type { Shape } from './testing/ranks.js';
import type { Frame } from './transport.js';

const turn = (): Promise<void> => new Promise(setImmediate);
const shapeOf = (changes: Partial<Shape> = {}): Shape => ({
  ...{ order: 'canonical', worldSize: 3, microBatches: 3, lengths: [30, 12], chunkBytes: 16 },
  ...changes,
});

function start(shape: Shape, timeoutMs = 0): { cluster: InMemoryCluster; ranks: Rank[] } {
  const cluster = createInMemoryCluster(shape.worldSize);
  return { cluster, ranks: cluster.transports.map((transport) => new Rank(shape, transport, timeoutMs)) };
}

describe.each(['canonical', 'fast'] as const)('a lost peer in %s order', (order) => {
  it('fails everyone who waits, and names it', async () => {
    const { cluster, ranks } = start(shapeOf({ order }));
    const [first, , third] = ranks as [Rank, Rank, Rank];
    const runs = [first.run(), third.run()].map((run) => run.catch((error: unknown) => error));
    await turn();
    cluster.lose(1);
    for (const error of [await first.failure.promise, await third.failure.promise, ...(await Promise.all(runs))]) {
      expect(error).toBeInstanceOf(RunError);
      expect(error).toMatchObject({ code: 'TANDEM_EXCHANGE_PEER_LOST', context: { peer: 1, step: 1 } });
      expect((error as Error).message).toContain('rank 1 was lost');
    }
  });

  it('between steps fails the next contribution only', async () => {
    const { cluster, ranks } = start(shapeOf({ order }));
    await Promise.all(ranks.map((rank) => rank.run()));
    const [first] = ranks as [Rank];
    cluster.lose(2);
    await turn();
    await turn();
    expect(first.failure.settled).toBe(false);
    first.contribute(2, 0);
    expect(await first.failure.promise).toMatchObject({ context: { rank: 0, peer: 2, step: 2 } });
  });
});

describe('a frame that does not belong', () => {
  const bytes = (elements: number): Uint8Array => new Uint8Array(elements * 4);
  // Rank 0 of 3 owns elements 0 … 9 of bucket 0, rank 1 elements 10 … 19; a chunk has 4. Rank 1 has node 3, rank 2 node 4.
  const right: Frame = { step: 1, bucket: 0, phase: 'reduce', part: 3, offset: 0, data: bytes(4) };
  const gather: Frame = { ...right, phase: 'gather', part: 0, offset: 10 };
  const cases: [string, Frame[], string][] = [
    ['an unknown bucket', [{ ...right, bucket: 2 }], 'there is no bucket 2'],
    ['a negative bucket', [{ ...right, bucket: -1 }], 'there is no bucket -1'],
    ['an unknown phase', [{ ...right, phase: 'scatter' as 'gather' }], 'there is no phase scatter'],
    ['an unknown part', [{ ...right, part: 9 }], 'no partial sum with the number 9'],
    ["another rank's part", [{ ...right, part: 4 }], 'no partial sum with the number 4'],
    ['an empty contribution of a rank that has partial sums', [{ ...right, part: 5, data: bytes(0) }], 'no empty'],
    ['an offset between chunks', [{ ...right, offset: 2 }], 'no chunk'],
    ["an offset in another rank's shard", [{ ...right, offset: 12 }], 'no chunk'],
    ['an offset beyond the bucket', [{ ...right, offset: 4000 }], 'no chunk'],
    ['a negative offset', [{ ...right, offset: -4 }], 'no chunk'],
    ['an offset that is no number', [{ ...right, offset: NaN }], 'no chunk'],
    ['too many values', [{ ...right, data: bytes(5) }], 'no chunk'],
    ['too few values', [{ ...right, data: bytes(3) }], 'no chunk'],
    ['half a value', [{ ...right, data: new Uint8Array(15) }], '3.75 elements at 0 are no chunk'],
    ['the same chunk twice', [right, right], 'come before'],
    ['the same mean twice', [gather, gather], 'come before'],
    ["a mean of a shard that is not the sender's", [{ ...gather, offset: 20 }], 'no chunk'],
    ['the step before', [{ ...right, step: 0 }], 'it is of step 0'],
    ['a step far ahead', [{ ...right, step: 3 }], 'it is of step 3'],
    ['a mean of the next step', [{ ...gather, step: 2 }], 'not contributed'],
    ['half a step', [{ ...right, step: 1.5 }], 'it is of step 1.5'],
  ];

  it.each(cases)('(%s) fails with the name of its sender and writes nothing', async (_, frames, what) => {
    const { cluster, ranks } = start(shapeOf());
    const [first] = ranks as [Rank];
    first.contribute(1, 0);
    const last = frames.at(-1) as Frame;
    for (const frame of frames) await cluster.transports[1]?.send(0, frame);
    const error = await first.failure.promise;
    expect(error).toBeInstanceOf(RunError);
    expect(error).toMatchObject({ code: 'TANDEM_EXCHANGE_FRAME', context: { rank: 0, peer: 1 } });
    expect(error.message).toContain(`rank 1 sent a ${last.phase} frame`);
    expect(error.message).toContain(what);
    const written = [...first.buffers.mean.entries()].filter(([, value]) => !Number.isNaN(value));
    expect(written.map(([at]) => at)).toEqual(frames.length === 2 && last === gather ? [10, 11, 12, 13] : []);
  });

  const ring: Frame = { ...right, part: 0, offset: 10 };
  it.each<[string, number, Frame[], string]>([
    ['from a rank that is not the one before', 1, [ring], 'no hop 0 is expected of rank 1'],
    ['of a hop that is not', 2, [{ ...ring, part: 2 }], 'no hop 2'],
    ['of another shard', 2, [{ ...ring, offset: 0 }], 'no chunk'],
    ['twice', 2, [ring, ring], '1 was to come next'],
    ['out of turn', 2, [{ ...ring, offset: 14 }], '0 was to come next'],
  ])('in the ring (%s) fails too', async (_, sender, frames, what) => {
    const { cluster, ranks } = start(shapeOf({ order: 'fast' }));
    for (const frame of frames) await cluster.transports[sender]?.send(0, frame);
    const error = await (ranks[0] as Rank).failure.promise;
    expect(error).toMatchObject({ code: 'TANDEM_EXCHANGE_FRAME', context: { peer: sender } });
    expect(error.message).toContain(what);
  });

  it('of another step than the first one here is noticed when this rank begins', async () => {
    const { cluster, ranks } = start(shapeOf());
    await cluster.transports[1]?.send(0, { ...right, step: 7 });
    ranks[0]?.contribute(1, 0);
    expect((await ranks[0]?.failure.promise)?.message).toContain('it is of step 7, this rank begins with step 1');
  });
});

describe('a silent peer', () => {
  it('fails the step after the time-out, and is named', async () => {
    const [first, second] = start(shapeOf(), 20).ranks as [Rank, Rank];
    for (const rank of [first, second]) for (const bucket of [0, 1]) rank.contribute(5, bucket);
    const error = await first.failure.promise;
    expect(error).toMatchObject({
      code: 'TANDEM_EXCHANGE_STALLED',
      context: { peers: expect.arrayContaining([2]) as [] },
    });
    expect(error.message).toContain('exchange.timeoutMs');
  });
});

describe('after close', () => {
  it('nothing is written or reported any more', async () => {
    const { ranks } = start(shapeOf({ steps: 1 }));
    const [first] = ranks as [Rank];
    let reports = 0;
    for (const rank of ranks) for (const bucket of [0, 1]) rank.contribute(1, bucket);
    first.allReduce.onReduced(() => reports++);
    first.allReduce.close();
    const before = first.buffers.mean.slice();
    for (let i = 0; i < 100; i++) await turn();
    expect(first.buffers.mean).toEqual(before);
    expect(reports).toBe(0);
    expect(() => first.allReduce.contribute(9, 9)).not.toThrow();
  });
});

describe('contribute', () => {
  it('reports alone in the world too, later and in order', async () => {
    const [alone] = start(shapeOf({ worldSize: 1 })).ranks as [Rank];
    const reports: number[] = [];
    alone.allReduce.onReduced((_, bucket) => reports.push(bucket));
    alone.contribute(1, 1);
    alone.contribute(1, 0);
    expect(reports).toEqual([]);
    await turn();
    expect(reports).toEqual([1, 0]);
    expect(alone.allReduce.bytesSent(1)).toBe(0);
  });

  it('refuses a bucket twice, an unknown bucket and a step out of turn', () => {
    const [first] = start(shapeOf()).ranks as [Rank];
    first.contribute(4, 0);
    expect(() => first.allReduce.contribute(4, 0)).toThrow(InvariantError);
    expect(() => first.allReduce.contribute(4, 2)).toThrow(/bucket 2 was contributed, there are 2/);
    expect(() => first.allReduce.contribute(5, 0)).toThrow(/0 of 2 buckets of step 4 reduced/);
  });
});
