import type { ExchangeBuffers } from './all-reduce.js';
import { addFloat32 } from './add-float32.js';
import type { BucketExchange, BucketLink } from './bucket-exchange.js';
import { FrameFault } from './errors.js';
import { asFloat32, bytesOf } from './float32-bytes.js';
import type { RingHop, RingSchedule } from './ring-schedule.js';
import type { BucketLayout, ChunkGrid } from './shards.js';
import type { Frame } from './transport.js';

export interface RingContext {
  readonly schedule: RingSchedule;
  readonly buffers: ExchangeBuffers;
}

/**
 * Each shard goes round the ring chunk by chunk, is added to on the way, and goes round again as a mean. Running sums are
 * kept in `mean`: the mean that later overwrites one was made from it, so the next rank has had it by then.
 */
export class RingExchange implements BucketExchange {
  readonly #context: RingContext;
  readonly #layout: BucketLayout;
  readonly #link: BucketLink;
  /** Of each hop, how many chunks have come: they come in order. */
  readonly #come: { readonly reduce: number[]; readonly gather: number[] };
  /** What came before this rank had contributed. */
  #early: { readonly frame: Frame; readonly chunk: number }[] = [];
  #contributed = false;

  constructor(context: RingContext, layout: BucketLayout, link: BucketLink) {
    this.#context = context;
    this.#layout = layout;
    this.#link = link;
    const none = context.schedule.reduce.map(() => 0);
    this.#come = { reduce: [...none], gather: [...none] };
  }

  contribute(): void {
    this.#contributed = true;
    const { schedule, buffers } = this.#context;
    const first = schedule.reduce[0];
    if (first === undefined) this.#copyAlone();
    else {
      const shard = this.#layout.shards[first.sends] as ChunkGrid;
      for (let chunk = 0; chunk < shard.count; chunk++) {
        const { start, end } = shard.at(chunk);
        this.#link.send(schedule.next, 'reduce', 0, buffers.partials[0] as Float32Array, start, end);
      }
    }
    const early = this.#early;
    this.#early = [];
    for (const { frame, chunk } of early) this.#pass(frame, chunk);
  }

  receive(from: number, frame: Frame): void {
    const { schedule } = this.#context;
    const hop = schedule[frame.phase][frame.part];
    if (from !== schedule.previous || hop === undefined)
      throw new FrameFault(`no hop ${frame.part} is expected of rank ${from}`);
    const elements = frame.data.byteLength / Float32Array.BYTES_PER_ELEMENT;
    const chunk = (this.#layout.shards[hop.receives] as ChunkGrid).find(frame.offset, elements);
    const expected = this.#come[frame.phase][hop.hop] as number;
    if (chunk === undefined) throw new FrameFault(`${elements} elements at ${frame.offset} are no chunk of the shard`);
    if (chunk !== expected) throw new FrameFault(`it is chunk ${chunk} of its hop, ${expected} was to come next`);
    this.#come[frame.phase][hop.hop] = expected + 1;
    if (this.#contributed) this.#pass(frame, chunk);
    else this.#early.push({ frame, chunk });
  }

  waitingFor(): number[] {
    return this.#context.schedule.reduce.length === 0 ? [] : [this.#context.schedule.previous];
  }

  #copyAlone(): void {
    const { start, length } = this.#layout.range;
    const { partials, mean } = this.#context.buffers;
    mean.set((partials[0] as Float32Array).subarray(start, start + length), start);
    this.#link.finished(length);
  }

  #pass(frame: Frame, chunk: number): void {
    const { schedule, buffers } = this.#context;
    const { hop, receives } = schedule[frame.phase][frame.part] as RingHop;
    const { start, end } = (this.#layout.shards[receives] as ChunkGrid).at(chunk);
    const from = this.#layout.range.start + start;
    const to = this.#layout.range.start + end;
    const last = hop === schedule.reduce.length - 1;
    if (frame.phase === 'reduce') {
      const own = (buffers.partials[0] as Float32Array).subarray(from, to);
      addFloat32(buffers.mean.subarray(from, to), asFloat32(frame.data), own);
      frame.release?.();
      if (!last) this.#link.send(schedule.next, 'reduce', hop + 1, buffers.mean, start, end);
      else this.#finish(0, start, end);
    } else {
      bytesOf(buffers.mean, from, to).set(frame.data);
      frame.release?.();
      if (!last) this.#finish(hop + 1, start, end);
      else this.#link.finished(end - start);
    }
  }

  #finish(hop: number, start: number, end: number): void {
    const { schedule, buffers } = this.#context;
    this.#link.send(schedule.next, 'gather', hop, buffers.mean, start, end);
    this.#link.finished(end - start);
  }
}
