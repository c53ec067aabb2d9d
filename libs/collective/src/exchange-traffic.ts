import type { BucketRange } from './bucket-plan.js';
import { canonicalSchedule } from './canonical-schedule.js';
import { bytesIn } from './encoding.js';
import type { ExchangeOrder } from './local-partials.js';
import { type BucketLayout, type ChunkGrid, chunkElementsOf, layOut } from './shards.js';

export interface TrafficOptions {
  readonly order: ExchangeOrder;
  readonly microBatches: number;
  readonly worldSize: number;
  readonly buckets: readonly BucketRange[];
  /** As of AllReduceOptions. */
  readonly chunkBytes: number;
}

/** What the exchange makes a rank do in a step. */
export interface RankTraffic {
  /** Payload: what AllReduce.bytesSent says, to the byte. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly framesSent: number;
  readonly framesReceived: number;
  /** Additions of two float32 by the exchange; those within a rank's own micro-batches are TensorFlow's. */
  readonly additions: number;
}

/** Elements of single-micro-batch values and means (`encoded`), of sums over several (`plain`), and frames. */
interface Flow {
  readonly encoded: number;
  readonly plain: number;
  readonly frames: number;
}

/** Of each bucket, what each rank sends and receives in a step, by the schedules that the exchange follows; nothing is measured. */
export function exchangeTraffic(options: TrafficOptions): readonly (readonly RankTraffic[])[] {
  const chunkElements = chunkElementsOf(options.chunkBytes);
  const schedule = canonicalSchedule(options.microBatches, options.worldSize);
  const owned = Array.from({ length: options.worldSize }, () => ({ single: 0, several: 0 }));
  for (const { rank, start, end } of schedule.partials) owned[rank]![end - start === 1 ? 'single' : 'several']++;
  return options.buckets.map((range) => {
    const layout = layOut(range, options.worldSize, chunkElements);
    if (range.parts !== undefined) return gathered(layout);
    return options.order === 'canonical' ? canonical(layout, owned) : ring(layout);
  });
}

/** A rank's partial sums of every other's shard, then the mean of its own shard to every other. */
function canonical(
  layout: BucketLayout,
  owned: readonly { readonly single: number; readonly several: number }[],
): RankTraffic[] {
  const all = total(layout.shards);
  const partials = owned.map(({ single, several }) => single + several);
  const others = layout.shards.length - 1;
  const filled = layout.shards.filter(({ count }) => count > 0).length;
  const sums = owned.reduce((sum, { single, several }) => ({
    single: sum.single + single,
    several: sum.several + several,
  }));
  const spares = partials.filter((count) => count === 0).length;
  return owned.map((own, rank) => {
    const shard = sizeOf(layout.shards[rank]!);
    const spare = partials[rank] === 0;
    const empty = shard.chunks > 0 ? 1 : 0;
    return trafficOf(layout, {
      sent: {
        encoded: own.single * (all.elements - shard.elements) + others * shard.elements,
        plain: own.several * (all.elements - shard.elements),
        frames: partials[rank]! * (all.chunks - shard.chunks) + (spare ? filled - empty : 0) + others * shard.chunks,
      },
      received: {
        encoded: (sums.single - own.single) * shard.elements + all.elements - shard.elements,
        plain: (sums.several - own.several) * shard.elements,
        frames:
          (sums.single + sums.several - partials[rank]!) * shard.chunks +
          empty * (spares - (spare ? 1 : 0)) +
          (all.chunks - shard.chunks),
      },
      additions: Math.max(0, sums.single + sums.several - 1) * shard.elements,
    });
  });
}

/** Every shard but one goes through a rank on its way to be summed, and every one but one as a mean. */
function ring(layout: BucketLayout): RankTraffic[] {
  const { shards } = layout;
  const all = total(shards);
  const at = (rank: number) => sizeOf(shards[(rank + shards.length) % shards.length]!);
  const allBut = (left: readonly number[]): Flow => {
    const sizes = left.map(at);
    const less = (key: 'elements' | 'chunks') => sizes.reduce((sum, size) => sum + all[key] - size[key], 0);
    return { encoded: 0, plain: less('elements'), frames: less('chunks') };
  };
  return shards.map((_, rank) =>
    trafficOf(layout, {
      sent: allBut([rank, rank + 1]),
      received: allBut([rank - 1, rank]),
      additions: all.elements - at(rank - 1).elements,
    }),
  );
}

/** A rank's own shard to every other. */
function gathered(layout: BucketLayout): RankTraffic[] {
  const all = total(layout.shards);
  const others = layout.shards.length - 1;
  return layout.shards.map((grid) => {
    const own = sizeOf(grid);
    return trafficOf(layout, {
      sent: { encoded: others * own.elements, plain: 0, frames: others * own.chunks },
      received: { encoded: all.elements - own.elements, plain: 0, frames: all.chunks - own.chunks },
      additions: 0,
    });
  });
}

function trafficOf(
  { range }: BucketLayout,
  { sent, received, additions }: { readonly sent: Flow; readonly received: Flow; readonly additions: number },
): RankTraffic {
  const encoding = range.encoding ?? 'float32';
  const bytes = ({ encoded, plain }: Flow) => bytesIn(encoding, encoded) + bytesIn('float32', plain);
  return {
    bytesSent: bytes(sent),
    bytesReceived: bytes(received),
    framesSent: sent.frames,
    framesReceived: received.frames,
    additions,
  };
}

interface Size {
  readonly elements: number;
  readonly chunks: number;
}

function sizeOf(grid: ChunkGrid): Size {
  return { elements: grid.elements, chunks: grid.count };
}

function total(grids: readonly ChunkGrid[]): Size {
  const sum = { elements: 0, chunks: 0 };
  for (const { elements, count } of grids) {
    sum.elements += elements;
    sum.chunks += count;
  }
  return sum;
}
