/** What a rank sends to the next one, and gets from the one before, in one hop of the ring. */
export interface RingHop {
  readonly hop: number;
  readonly sends: number;
  readonly receives: number;
}

export interface RingSchedule {
  readonly next: number;
  readonly previous: number;
  /** Shard q sets out from rank q + 1, is added to by each rank that it passes, and ends as a sum on rank q. */
  readonly reduce: readonly RingHop[];
  /** Each finished shard goes once round from its owner. */
  readonly gather: readonly RingHop[];
}

/** Reduce-scatter and all-gather, N − 1 hops each; none of either where a rank is alone. */
export function ringSchedule(worldSize: number, rank: number): RingSchedule {
  const around = (shard: number): number => ((shard % worldSize) + worldSize) % worldSize;
  const hops = Array.from({ length: worldSize - 1 }, (_, hop) => hop);
  return {
    next: around(rank + 1),
    previous: around(rank - 1),
    reduce: hops.map((hop) => ({ hop, sends: around(rank - 1 - hop), receives: around(rank - 2 - hop) })),
    gather: hops.map((hop) => ({ hop, sends: around(rank - hop), receives: around(rank - 1 - hop) })),
  };
}
