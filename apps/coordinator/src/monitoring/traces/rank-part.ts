import type { TimelineEvent } from '@tandem/rpc';
import { type Interval, nestSpans } from './nested-spans.js';
import type { TraceAttributes, TraceSpan } from './trace.js';

/** A span yet on the coordinator's clock; `parent` is its place among those that it is given with, undefined: it has none there. */
export type PartSpan = TraceSpan;

/** It was given up, or its worker was lost before it could tell. */
const UNKNOWN_END = 'it is not known to have ended';

/** More than any network's spans of a step: what comes on top is left out. */
const MAX_EVENTS = 8_192;

/** What one rank did for one step, evaluation or checkpoint, as far as it has said. */
export class RankPart {
  readonly #name: string;
  readonly #events: TimelineEvent[] = [];
  #whole: TimelineEvent | undefined;

  /** @param name of the worker's span that is its whole part */
  constructor(name: string) {
    this.#name = name;
  }

  /** All has been said: a worker's whole span ends after all that is in it. */
  get isWhole(): boolean {
    return this.#whole !== undefined;
  }

  add(event: TimelineEvent): void {
    if (event.track === 'TRAINING' && event.name === this.#name) this.#whole = event;
    else if (this.#events.length < MAX_EVENTS) this.#events.push(event);
  }

  /** The rank's span, then those within it. A part that was given up reaches as far as what was said of it. */
  spans(name: string, attributes: TraceAttributes): PartSpan[] {
    const training = this.#events.filter(({ track }) => track === 'TRAINING');
    // A batch is prepared ahead of the step.
    const done = this.#events.filter(({ track }) => track !== 'DATA');
    const { startUs, endUs } = this.#whole ?? hull(done) ?? hull(this.#events)!;
    // What is left of an attempt before this one is not of it.
    const isIn = (event: TimelineEvent) => event.startUs >= startUs && event.endUs <= endUs;
    const inner = nestSpans(training.filter(isIn));
    const buckets = this.#events.filter((event) => event.track === 'COMMUNICATION' && isIn(event));
    const prepared = this.#events.find(({ track }) => track === 'DATA');
    return [
      { name, parent: undefined, startUs, endUs, attributes, ...(!this.isWhole && { error: UNKNOWN_END }) },
      ...inner.map(({ span, parent }) => ({
        ...{ name: span.name, parent: parent + 1, startUs: span.startUs, endUs: span.endUs },
        attributes: {
          ...bucketOf(span),
          ...(span.name === 'data' && prepared !== undefined && { 'tandem.prepare_ms': millisecondsOf(prepared) }),
        },
      })),
      ...buckets.map((event) => ({
        ...{ name: event.name, parent: 0, startUs: event.startUs, endUs: event.endUs },
        attributes: {
          ...bucketOf(event),
          ...{ 'tandem.bytes_sent': event.bytesSent, 'tandem.bytes_received': event.bytesReceived },
        },
      })),
    ];
  }
}

/** From the first start to the last end; undefined: there are none. */
export function hull(spans: readonly Interval[]): Interval | undefined {
  if (spans.length === 0) return undefined;
  return {
    startUs: spans.reduce((least, { startUs }) => Math.min(least, startUs), Infinity),
    endUs: spans.reduce((most, { endUs }) => Math.max(most, endUs), -Infinity),
  };
}

/** Buckets are counted from 1 on the wire, where 0 is none. */
function bucketOf({ bucket }: TimelineEvent): TraceAttributes {
  return bucket > 0 ? { 'tandem.bucket': bucket - 1 } : {};
}

function millisecondsOf({ startUs, endUs }: TimelineEvent): number {
  return Math.round(endUs - startUs) / 1e3;
}
