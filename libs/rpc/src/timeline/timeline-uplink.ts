import {
  ClockEstimate,
  isRecorded,
  monotonicUs,
  type RecordedSteps,
  type RingTrack,
  TimelineRing,
} from '@tandem/observability';
import type { CoordinatorClient } from '../coordinator-client.js';
import type { ClockReading, TimelineEventInput } from '../messages.js';

/** How often events leave, and the coordinator's clock is asked for. */
const FLUSH_EVERY_MS = 500;

/** Round trips one after another when the worker joins, for an offset from the first step on. */
const FIRST_PROBES = 8;

/** Events of one message: some 30 KB. */
const BATCH_EVENTS = 512;

/** Events that wait here at most; what comes on top is dropped and counted. */
const MAX_WAITING = 8_192;

const TRACKS = { training: 'TRAINING', data: 'DATA' } as const satisfies Record<RingTrack, TimelineEventInput['track']>;

/** An event in this process's time; as it is sent it has the coordinator's. */
export type WaitingEvent = TimelineEventInput & { readonly startUs: number; readonly endUs: number };

export interface TimelineUplinkOptions {
  readonly steps: RecordedSteps;
  readonly coordinator: Pick<CoordinatorClient, 'send' | 'isCongested'>;
}

/**
 * Sends the timeline's events to the coordinator, in its time. They wait in memory of a fixed size while the stream has
 * more important things to carry, and are dropped where that is full.
 */
export class TimelineUplink {
  readonly #options: TimelineUplinkOptions;
  readonly #ring = TimelineRing.allocate();
  #clock = new ClockEstimate();
  readonly #names: string[] = [];
  readonly #timer: NodeJS.Timeout;
  #waiting: { readonly generation: number; readonly event: WaitingEvent }[] = [];
  #dropped = 0;
  #probes = 0;
  #generation = 0;

  constructor(options: TimelineUplinkOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      this.#probe();
      if (!options.coordinator.isCongested) this.flush();
    }, FLUSH_EVERY_MS);
    this.#timer.unref();
    this.#probe();
  }

  /** A TimelineRing's, for the training thread to write into. */
  get ring(): SharedArrayBuffer {
    return this.#ring.buffer;
  }

  wants(step: number): boolean {
    return isRecorded(this.#options.steps, step);
  }

  /** The coordinator is away. The one that comes back may be another, with another clock: events wait until it is known. */
  suspend(): void {
    this.#clock = new ClockEstimate();
  }

  /** It is back. */
  resume(): void {
    this.#probes = 0;
    this.#probe();
  }

  /** What is told of from now on, and of no generation before, is of this one. */
  enter(generation: number): void {
    this.flush();
    this.#generation = generation;
  }

  /** Names come in the order of their numbers in the ring. */
  addName(name: string): void {
    this.#names.push(name);
  }

  /** An event of this thread. */
  add(generation: number, event: WaitingEvent): void {
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push({ generation, event });
    else this.#dropped++;
  }

  clockRead({ probeSentUs, receivedUs, sentUs }: ClockReading): void {
    this.#clock.add({
      sentUs: probeSentUs,
      otherReceivedUs: receivedUs,
      otherSentUs: sentUs,
      receivedUs: monotonicUs(),
    });
    if (this.#probes < FIRST_PROBES) this.#probe();
  }

  /** Sends all that is there, whether the stream is congested or not. */
  flush(): void {
    this.#drainRing();
    // Before the first round trip there is no time to give: what waits goes on waiting.
    if (!this.#clock.known) return;
    this.#dropped += this.#ring.takeDropped();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let start = 0; start < waiting.length || this.#dropped > 0;) {
      const generation = waiting[start]?.generation ?? this.#generation;
      const other = waiting.findIndex((each, index) => index > start && each.generation !== generation);
      const end = Math.min(start + BATCH_EVENTS, other < 0 ? waiting.length : other);
      const dropped = this.#dropped;
      this.#dropped = 0;
      this.#options.coordinator.send({
        timeline: {
          generation,
          events: waiting.slice(start, end).map(({ event }) => this.#translated(event)),
          dropped,
          clockErrorUs: this.#clock.errorAt(monotonicUs()),
        },
      });
      start = end;
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.flush();
  }

  #probe(): void {
    this.#probes++;
    this.#options.coordinator.send({ clockProbe: { sentUs: monotonicUs() } });
  }

  #drainRing(): void {
    while (this.#waiting.length < MAX_WAITING) {
      const span = this.#ring.peek();
      // A name may be on its way still.
      const name = this.#names[span?.name ?? -1];
      if (span === undefined || name === undefined) return;
      this.#ring.advance();
      const { track, startUs, endUs, generation, step, bucket } = span;
      const event = { name, track: TRACKS[track], startUs, endUs, step, bucket: bucket + 1 };
      this.#waiting.push({ generation, event });
    }
  }

  #translated(event: WaitingEvent): TimelineEventInput {
    return {
      ...event,
      startUs: this.#clock.translate(event.startUs),
      endUs: this.#clock.translate(event.endUs),
    };
  }
}
