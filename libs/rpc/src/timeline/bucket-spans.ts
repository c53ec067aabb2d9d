import type { BucketRange, Frame } from '@tandem/collective';
import { monotonicUs } from '@tandem/observability';
import type { Direction } from '../observed-transport.js';
import type { TimelineUplink } from './timeline-uplink.js';

interface OpenBucket {
  contributedUs: number;
  readonly bytes: Record<Direction, number>;
}

/** A span for each bucket and step: from its contribution to its mean, with the bytes that went out and came in for it. */
export class BucketSpans {
  readonly #buckets: readonly BucketRange[];
  readonly #uplink: TimelineUplink;
  readonly #generation: number;
  /** Of the present step, and of the next, which a peer may be in. */
  readonly #open = new Map<number, Map<number, OpenBucket>>();

  constructor(buckets: readonly BucketRange[], uplink: TimelineUplink, generation: number) {
    this.#buckets = buckets;
    this.#uplink = uplink;
    this.#generation = generation;
  }

  contributed(step: number, bucket: number): void {
    if (this.#uplink.wants(step)) this.#bucket(step, bucket).contributedUs = monotonicUs();
  }

  moved(direction: Direction, { step, bucket, data }: Frame): void {
    if (this.#uplink.wants(step)) this.#bucket(step, bucket).bytes[direction] += data.byteLength;
  }

  reduced(step: number, bucket: number): void {
    if (!this.#uplink.wants(step)) return;
    const { contributedUs, bytes } = this.#bucket(step, bucket);
    const ofStep = this.#open.get(step)!;
    ofStep.delete(bucket);
    if (ofStep.size === 0) this.#open.delete(step);
    this.#uplink.add(this.#generation, {
      name: this.#buckets[bucket]?.parts === undefined ? 'all-reduce' : 'gather',
      track: 'COMMUNICATION',
      startUs: contributedUs,
      endUs: monotonicUs(),
      ...{ step, bucket: bucket + 1 },
      bytesSent: bytes.sent,
      bytesReceived: bytes.received,
    });
  }

  #bucket(step: number, bucket: number): OpenBucket {
    let ofStep = this.#open.get(step);
    if (ofStep === undefined) this.#open.set(step, (ofStep = new Map()));
    let open = ofStep.get(bucket);
    if (open === undefined) ofStep.set(bucket, (open = { contributedUs: NaN, bytes: { sent: 0, received: 0 } }));
    return open;
  }
}
