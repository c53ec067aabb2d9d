import { invariant } from '@tandem/core';

/** The rows of a worker in a timeline that cross threads. An index into this list crosses shared memory. */
export const RING_TRACKS = ['training', 'data'] as const;
export type RingTrack = (typeof RING_TRACKS)[number];

/** One span as it crosses threads: times in monotonicUs(), `bucket` −1 where it is of none. */
export interface RingSpan {
  readonly track: RingTrack;
  /** An index; what it stands for is agreed on elsewhere. */
  readonly name: number;
  readonly startUs: number;
  readonly endUs: number;
  readonly generation: number;
  readonly step: number;
  readonly bucket: number;
}

const WRITTEN = 0;
const READ = 1;
const DROPPED = 2;
const COUNTERS = 4;
const FIELDS = 7;

/** Spans of several hundred steps of AlexNet: 459 KB. */
const DEFAULT_CAPACITY = 8_192;

/**
 * Spans on their way from one thread that writes to one that reads, in shared memory of a fixed size. Neither ever waits: what
 * does not fit is dropped and counted.
 */
export class TimelineRing {
  readonly buffer: SharedArrayBuffer;
  readonly #counters: Int32Array;
  readonly #fields: Float64Array;
  readonly #capacity: number;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#counters = new Int32Array(buffer, 0, COUNTERS);
    this.#fields = new Float64Array(buffer, COUNTERS * Int32Array.BYTES_PER_ELEMENT);
    this.#capacity = this.#fields.length / FIELDS;
  }

  /** `capacity`, in spans, is a power of two: the counters run over. */
  static allocate(capacity = DEFAULT_CAPACITY): TimelineRing {
    invariant((capacity & (capacity - 1)) === 0, `a ring of ${capacity} spans, which is no power of two`);
    const bytes = COUNTERS * Int32Array.BYTES_PER_ELEMENT + capacity * FIELDS * Float64Array.BYTES_PER_ELEMENT;
    return new TimelineRing(new SharedArrayBuffer(bytes));
  }

  write({ track, name, startUs, endUs, generation, step, bucket }: RingSpan): void {
    const written = Atomics.load(this.#counters, WRITTEN);
    if (((written - Atomics.load(this.#counters, READ)) | 0) >= this.#capacity) {
      Atomics.add(this.#counters, DROPPED, 1);
      return;
    }
    const at = this.#placeOf(written);
    const fields = this.#fields;
    fields[at] = name;
    fields[at + 1] = startUs;
    fields[at + 2] = endUs;
    fields[at + 3] = step;
    fields[at + 4] = bucket;
    fields[at + 5] = RING_TRACKS.indexOf(track);
    fields[at + 6] = generation;
    // The store publishes the fields.
    Atomics.store(this.#counters, WRITTEN, (written + 1) | 0);
  }

  /** The oldest span, which stays until `advance`. */
  peek(): RingSpan | undefined {
    const read = Atomics.load(this.#counters, READ);
    if (read === Atomics.load(this.#counters, WRITTEN)) return undefined;
    const at = this.#placeOf(read);
    const field = (index: number) => this.#fields[at + index]!;
    const track = RING_TRACKS[field(5)]!;
    const times = { startUs: field(1), endUs: field(2) };
    return { track, name: field(0), ...times, generation: field(6), step: field(3), bucket: field(4) };
  }

  advance(): void {
    Atomics.store(this.#counters, READ, (Atomics.load(this.#counters, READ) + 1) | 0);
  }

  /** Spans that were dropped since the last call. */
  takeDropped(): number {
    return Atomics.exchange(this.#counters, DROPPED, 0);
  }

  #placeOf(counter: number): number {
    return (counter & (this.#capacity - 1)) * FIELDS;
  }
}
