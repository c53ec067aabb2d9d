import type { BucketExchange, BucketLink } from './bucket-exchange.js';
import type { Encoding } from './bucket-plan.js';
import { decodeInto, elementsIn, encodingOf } from './encoding.js';
import { FrameFault } from './errors.js';
import type { BucketLayout, ChunkGrid } from './shards.js';
import type { Frame } from './transport.js';

export interface GatherContext {
  readonly rank: number;
  readonly worldSize: number;
  /** Of the whole flat gradient space: the rank's own shard is in it when the bucket is contributed. */
  readonly gathered: Float32Array;
}

/**
 * Every rank sends its shard to every other; nothing is added. A peer that is a step ahead may send before this rank has
 * contributed, while its training still reads the last step's values: what comes early waits.
 */
export class GatherExchange implements BucketExchange {
  readonly #context: GatherContext;
  readonly #layout: BucketLayout;
  readonly #link: BucketLink;
  /** Of each rank's shard, which chunks have come. */
  readonly #come: readonly boolean[][];
  #early: { readonly from: number; readonly chunk: number; readonly frame: Frame }[] = [];
  #contributed = false;

  constructor(context: GatherContext, layout: BucketLayout, link: BucketLink) {
    this.#context = context;
    this.#layout = layout;
    this.#link = link;
    this.#come = layout.shards.map(({ count }) => new Array<boolean>(count).fill(false));
  }

  contribute(): void {
    const { rank, worldSize, gathered } = this.#context;
    this.#contributed = true;
    const own = this.#shardOf(rank);
    for (let chunk = 0; chunk < own.count; chunk++) {
      const { start, end } = own.at(chunk);
      // From the next rank on, so that not all ranks start with the same one.
      for (let i = 1; i < worldSize; i++)
        this.#link.send((rank + i) % worldSize, 'gather', 0, gathered, start, end, this.#encoding);
      this.#link.finished(end - start);
    }
    for (const { from, chunk, frame } of this.#early) this.#store(from, chunk, frame);
    this.#early = [];
  }

  receive(from: number, frame: Frame): void {
    const { phase, part, offset, data } = frame;
    const encoding = encodingOf(frame, this.#encoding);
    if (phase !== 'gather' || part !== 0) throw new FrameFault('the bucket is gathered, not summed');
    const elements = elementsIn(encoding, data.byteLength);
    const chunk = this.#shardOf(from).find(offset, elements);
    if (chunk === undefined) throw new FrameFault(`${elements} elements at ${offset} are no chunk of the shard`);
    const come = this.#come[from]!;
    if (come[chunk]) throw new FrameFault('it has come before');
    come[chunk] = true;
    if (this.#contributed) this.#store(from, chunk, frame);
    else this.#early.push({ from, chunk, frame });
  }

  waitingFor(): number[] {
    const { rank } = this.#context;
    return [...this.#come.keys()].filter((peer) => peer !== rank && this.#come[peer]!.includes(false));
  }

  get #encoding(): Encoding {
    return this.#layout.range.encoding ?? 'float32';
  }

  #store(from: number, chunk: number, frame: Frame): void {
    const { start, end } = this.#shardOf(from).at(chunk);
    const encoding = encodingOf(frame, this.#encoding);
    decodeInto(encoding, frame.data, this.#context.gathered, this.#layout.range.start + start);
    frame.release?.();
    this.#link.finished(end - start);
  }

  #shardOf(rank: number): ChunkGrid {
    return this.#layout.shards[rank]!;
  }
}
