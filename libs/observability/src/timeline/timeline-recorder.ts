import { invariant } from '@tandem/core';
import { monotonicUs } from './monotonic-us.js';
import { isRecorded, type RecordedSteps } from './recorded-steps.js';
import type { RingTrack, TimelineRing } from './timeline-ring.js';

export interface TimelineRecorderOptions {
  readonly ring: TimelineRing;
  /** What is recorded: all else costs one comparison. */
  readonly steps: RecordedSteps;
  /** Told of each name before its first use; they are numbered from 0 in this order. */
  readonly onName: (name: string) => void;
  /** Microseconds. Default: monotonicUs. */
  readonly now?: () => number;
}

/** Records what one thread does, as spans that nest. A span is written when it ends. */
export class TimelineRecorder {
  readonly #options: TimelineRecorderOptions;
  readonly #now: () => number;
  readonly #numbers = new Map<string, number>();
  readonly #open: { readonly name: string; readonly bucket: number; readonly startUs: number }[] = [];
  #generation = 0;
  #step = -1;
  #active = false;

  constructor(options: TimelineRecorderOptions) {
    this.#options = options;
    this.#now = options.now ?? monotonicUs;
  }

  /** What follows is of this generation, until the next begins. */
  enter(generation: number): void {
    this.#generation = generation;
  }

  /** What follows is of this step, until the next begins. Spans that an error left open are forgotten. */
  beginStep(step: number): void {
    this.#open.length = 0;
    this.#step = step;
    this.#active = isRecorded(this.#options.steps, step);
    this.begin('step');
  }

  begin(name: string, bucket = -1): void {
    if (this.#active) this.#open.push({ name, bucket, startUs: this.#now() });
  }

  /** Ends the innermost open span, which is of this name. */
  end(name: string): void {
    if (!this.#active) return;
    const span = this.#open.pop();
    invariant(span?.name === name, `spans end in the order they nest: ${name} ended within ${span?.name ?? 'nothing'}`);
    const { startUs, bucket } = span;
    const { ring } = this.#options;
    ring.write({
      ...{ track: 'training', name: this.#numberOf(name) },
      ...{ startUs, endUs: this.#now(), generation: this.#generation, step: this.#step, bucket },
    });
  }

  /** Runs `work` within a span; an asynchronous one until its promise settles. */
  measure<T>(name: string, work: () => T, bucket?: number): T {
    if (!this.#active) return work();
    this.begin(name, bucket);
    let pending = false;
    try {
      const result = work();
      if (result instanceof Promise) {
        pending = true;
        return result.finally(() => this.end(name)) as T;
      }
      return result;
    } finally {
      if (!pending) this.end(name);
    }
  }

  /** A span of another thread that this one was told of, in monotonicUs(). */
  add(track: RingTrack, name: string, step: number, startUs: number, endUs: number): void {
    const { ring, steps } = this.#options;
    if (!isRecorded(steps, step)) return;
    const generation = this.#generation;
    ring.write({ track, name: this.#numberOf(name), startUs, endUs, generation, step, bucket: -1 });
  }

  #numberOf(name: string): number {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(name, number);
      this.#options.onName(name);
    }
    return number;
  }
}
