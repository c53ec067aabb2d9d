import type { Encoding } from './bucket-plan.js';
import { bytesIn, encode } from './encoding.js';
import type { Frame, Transport } from './transport.js';

/** A frame still to be sent: it points at its values and copies nothing. */
export interface OutgoingFrame extends Omit<Frame, 'data'> {
  readonly values: Float32Array;
  /** Elements `start` … `end - 1` of `values`. */
  readonly start: number;
  readonly end: number;
  readonly encoding: Encoding;
  /** The values are no longer read. */
  readonly onSent: (bytes: number) => void;
}

/** What a transport has at a time: enough that a connection need not wait for the next frame, and that a system call takes several. */
const UNDER_WAY_BYTES = 2 * 1024 * 1024;

/** The queue to one peer: frames leave in the order of `push`, as fast as the transport takes them. */
export class Outbox {
  readonly #transport: Transport;
  readonly #peer: number;
  /** The peer reads this rank's buffers: a frame is a few bytes that say where. */
  readonly #lends: boolean;
  readonly #onFailure: (peer: number, error: unknown) => void;
  #waiting: OutgoingFrame[] = [];
  /** The first in `waiting` that the transport does not have yet. */
  #next = 0;
  #underWayBytes = 0;
  #closed = false;

  constructor(transport: Transport, peer: number, onFailure: (peer: number, error: unknown) => void) {
    this.#transport = transport;
    this.#peer = peer;
    this.#lends = transport.lendsTo?.(peer) ?? false;
    this.#onFailure = onFailure;
  }

  push(frame: OutgoingFrame): void {
    if (this.#closed) return;
    this.#waiting.push(frame);
    this.#fill();
  }

  /** What is waiting is dropped; the frames that the transport has already are its own to end. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#next = 0;
  }

  #fill(): void {
    while (this.#next < this.#waiting.length && this.#underWayBytes < UNDER_WAY_BYTES)
      void this.#send(this.#waiting[this.#next++] as OutgoingFrame);
    if (this.#next < this.#waiting.length) return;
    this.#waiting = [];
    this.#next = 0;
  }

  async #send(frame: OutgoingFrame): Promise<void> {
    const { step, bucket, phase, part, offset, encoding, values, start, end } = frame;
    const lent = this.#lends && end > start;
    const data = encode(lent ? 'float32' : encoding, values, start, end);
    const underWay = lent ? 0 : data.byteLength;
    this.#underWayBytes += underWay;
    try {
      await this.#transport.send(this.#peer, { step, bucket, phase, part, offset, data, ...(lent ? { lent } : {}) });
    } catch (error) {
      if (!this.#closed) this.#onFailure(this.#peer, error);
      return;
    }
    this.#underWayBytes -= underWay;
    if (this.#closed) return;
    frame.onSent(bytesIn(encoding, end - start));
    this.#fill();
  }
}
