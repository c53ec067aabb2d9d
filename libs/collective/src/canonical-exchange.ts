import type { Range } from '@tandem/core';
import type { ExchangeBuffers } from './all-reduce.js';
import type { BucketExchange, BucketLink } from './bucket-exchange.js';
import type { Encoding } from './bucket-plan.js';
import type { CanonicalSchedule, PartialSum } from './canonical-schedule.js';
import { decoded, decodeInto, elementsIn, encodingOf } from './encoding.js';
import { FrameFault } from './errors.js';
import type { FoldNode } from './fold-tree.js';
import type { BucketLayout, ChunkGrid } from './shards.js';
import type { ChunkAdder } from './sum-chunk.js';
import type { Frame } from './transport.js';

export interface CanonicalContext {
  readonly rank: number;
  readonly worldSize: number;
  readonly schedule: CanonicalSchedule;
  readonly adder: ChunkAdder;
  readonly buffers: ExchangeBuffers;
}

/** A chunk of somebody else's partial sum. */
interface ReceivedPart {
  readonly values: Float32Array;
  readonly frame: Frame;
}

/**
 * Every rank sends its partial sums of shard q to rank q, which adds them in tree order chunk by chunk and sends each
 * finished chunk to everyone.
 *
 * An owner adds nothing before all ranks, itself included, have contributed: nobody has a mean of a bucket of this step
 * while another still works on the step before, and an owner's last mean is not overwritten while its training reads it.
 */
export class CanonicalExchange implements BucketExchange {
  readonly #context: CanonicalContext;
  readonly #layout: BucketLayout;
  readonly #link: BucketLink;
  readonly #own: ChunkGrid;
  readonly #ownPartials: readonly PartialSum[];
  /** Of each chunk of the own shard, the partial sums of others by position. */
  readonly #received: (ReceivedPart | undefined)[][];
  /** Of each chunk of the own shard, how many are still to come. */
  readonly #missing: Int32Array;
  readonly #added: boolean[];
  readonly #missingSpares: Set<number>;
  /** Of each other rank's shard, which chunks have come. */
  readonly #gathered: readonly boolean[][];
  #contributed = false;

  constructor(context: CanonicalContext, layout: BucketLayout, link: BucketLink) {
    const { rank, schedule } = context;
    this.#context = context;
    this.#layout = layout;
    this.#link = link;
    this.#own = layout.shards[rank] as ChunkGrid;
    this.#received = Array.from({ length: this.#own.count }, () => []);
    this.#ownPartials = schedule.partials.filter((partial) => partial.rank === rank);
    const foreign = schedule.partials.length - this.#ownPartials.length;
    this.#missing = new Int32Array(this.#own.count).fill(foreign);
    this.#added = new Array<boolean>(this.#own.count).fill(false);
    this.#missingSpares = new Set(this.#own.count === 0 ? [] : schedule.spares.filter((spare) => spare !== rank));
    this.#gathered = layout.shards.map((grid) => new Array<boolean>(grid.count).fill(false));
  }

  contribute(): void {
    this.#contributed = true;
    for (const peer of this.#peers()) this.#sendPartials(peer, this.#layout.shards[peer] as ChunkGrid);
    this.#addWhatIsComplete();
  }

  receive(from: number, frame: Frame): void {
    if (frame.phase === 'gather') this.#receiveMean(from, frame);
    else if (frame.part === this.#context.schedule.nothing) this.#receiveNothing(from, frame);
    else this.#receivePartial(from, frame);
  }

  waitingFor(): number[] {
    const { rank, schedule } = this.#context;
    const silent = new Set(this.#missingSpares);
    for (const [position, partial] of schedule.partials.entries())
      if (
        partial.rank !== rank &&
        this.#received.some((of, chunk) => !this.#added[chunk] && of[position] === undefined)
      )
        silent.add(partial.rank);
    // An owner whose mean is missing may itself wait for a rank that is silent here too.
    if (silent.size > 0) return [...silent];
    return [...this.#gathered.keys()].filter((peer) => peer !== rank && this.#gathered[peer]?.includes(false));
  }

  /** From the next rank on, so that not all ranks start with the same one. */
  *#peers(): Iterable<number> {
    const { rank, worldSize } = this.#context;
    for (let i = 1; i < worldSize; i++) yield (rank + i) % worldSize;
  }

  #sendPartials(peer: number, shard: ChunkGrid): void {
    const { schedule, buffers } = this.#context;
    if (shard.count === 0) return;
    const own = this.#ownPartials;
    if (own.length === 0) this.#link.send(peer, 'reduce', schedule.nothing, buffers.mean, 0, 0);
    for (let chunk = 0; chunk < shard.count; chunk++) {
      const { start, end } = shard.at(chunk);
      for (const [i, partial] of own.entries()) {
        const values = buffers.partials[i] as Float32Array;
        this.#link.send(peer, 'reduce', partial.index, values, start, end, this.#encodingOf(partial));
      }
    }
  }

  #receiveNothing(from: number, frame: Frame): void {
    if (!this.#missingSpares.has(from) || frame.data.byteLength !== 0 || frame.offset !== 0)
      throw new FrameFault(`no empty contribution is expected of rank ${from}`);
    this.#missingSpares.delete(from);
    this.#addWhatIsComplete();
  }

  #receivePartial(from: number, frame: Frame): void {
    const { schedule } = this.#context;
    const position = schedule.positions.get(frame.part);
    const partial = position === undefined ? undefined : schedule.partials[position];
    if (position === undefined || partial?.rank !== from)
      throw new FrameFault(`rank ${from} has no partial sum with the number ${frame.part}`);
    const encoding = encodingOf(frame, this.#encodingOf(partial));
    const chunk = this.#chunkOf(this.#own, frame, encoding);
    const received = this.#received[chunk] as (ReceivedPart | undefined)[];
    if (this.#added[chunk] || received[position] !== undefined) throw new FrameFault('it has come before');
    received[position] = { values: decoded(encoding, frame.data), frame };
    this.#missing[chunk]!--;
    if (this.#mayAdd(chunk)) this.#add(chunk);
  }

  #receiveMean(from: number, frame: Frame): void {
    const encoding = encodingOf(frame, this.#encoding);
    const chunk = this.#chunkOf(this.#layout.shards[from] as ChunkGrid, frame, encoding);
    const gathered = this.#gathered[from] as boolean[];
    if (!this.#contributed) throw new FrameFault('this rank has not contributed to that mean');
    if (gathered[chunk]) throw new FrameFault('it has come before');
    gathered[chunk] = true;
    const { start, end } = (this.#layout.shards[from] as ChunkGrid).at(chunk);
    const base = this.#layout.range.start;
    decodeInto(encoding, frame.data, this.#context.buffers.mean, base + start);
    frame.release?.();
    this.#link.finished(end - start);
  }

  /** Of means, and of what one micro-batch contributes: both are rounded to it. */
  get #encoding(): Encoding {
    return this.#layout.range.encoding ?? 'float32';
  }

  #encodingOf({ start, end }: FoldNode): Encoding {
    return end - start === 1 ? this.#encoding : 'float32';
  }

  #chunkOf(grid: ChunkGrid, frame: Frame, encoding: Encoding): number {
    const elements = elementsIn(encoding, frame.data.byteLength);
    const chunk = grid.find(frame.offset, elements);
    if (chunk === undefined) throw new FrameFault(`${elements} elements at ${frame.offset} are no chunk of the shard`);
    return chunk;
  }

  #addWhatIsComplete(): void {
    for (let chunk = 0; chunk < this.#own.count; chunk++) if (this.#mayAdd(chunk)) this.#add(chunk);
  }

  #mayAdd(chunk: number): boolean {
    return (
      this.#contributed && this.#missingSpares.size === 0 && this.#missing[chunk] === 0 && this.#added[chunk] === false
    );
  }

  #add(chunk: number): void {
    const { adder, buffers } = this.#context;
    const { start, end } = this.#own.at(chunk);
    const base = this.#layout.range.start;
    const mean = buffers.mean.subarray(base + start, base + end);
    adder.add(this.#operands(chunk, { start: base + start, end: base + end }), mean, this.#encoding);
    this.#added[chunk] = true;
    for (const part of this.#received[chunk] ?? []) part?.frame.release?.();
    this.#received[chunk] = [];
    for (const peer of this.#peers()) this.#link.send(peer, 'gather', 0, buffers.mean, start, end, this.#encoding);
    this.#link.finished(end - start);
  }

  #operands(chunk: number, place: Range): Float32Array[] {
    const { rank, schedule, buffers } = this.#context;
    let own = 0;
    return schedule.partials.map((partial, position) =>
      partial.rank === rank
        ? (buffers.partials[own++] as Float32Array).subarray(place.start, place.end)
        : (this.#received[chunk]?.[position] as ReceivedPart).values,
    );
  }
}
