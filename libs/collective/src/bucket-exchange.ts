import type { Encoding } from './bucket-plan.js';
import type { Frame } from './transport.js';

/** One bucket in one step on one rank: what to send when, and what to do with what comes. */
export interface BucketExchange {
  contribute(): void;

  /** Throws a FrameFault, having changed nothing, if `from` should not have sent this frame now. */
  receive(from: number, frame: Frame): void;

  /** Ranks that something is still to come from, for the message of a time-out. */
  waitingFor(): number[];
}

/** What a BucketExchange acts on. Offsets are in elements from the start of the bucket. */
export interface BucketLink {
  /** Queues the elements `start` … `end - 1` of a buffer of the whole gradient space, float32 by default. */
  send(
    to: number,
    phase: Frame['phase'],
    part: number,
    values: Float32Array,
    start: number,
    end: number,
    encoding?: Encoding,
  ): void;

  /** So many more elements of the bucket are final in `mean`. */
  finished(elements: number): void;
}
