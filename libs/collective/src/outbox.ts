import { bytesOf } from './float32-bytes.js';
import type { Frame, Transport } from './transport.js';

/** A frame still to be sent: it points at its values and copies nothing. */
export interface OutgoingFrame extends Omit<Frame, 'data'> {
  readonly values: Float32Array;
  /** Elements `start` … `end - 1` of `values`. */
  readonly start: number;
  readonly end: number;
  /** The values are no longer read. */
  readonly onSent: (bytes: number) => void;
}

/** The queue to one peer: frames leave in the order of `push`, one at a time, as fast as the transport takes them. */
export class Outbox {
  readonly #transport: Transport;
  readonly #peer: number;
  readonly #onFailure: (peer: number, error: unknown) => void;
  #waiting: OutgoingFrame[] = [];
  #sending = false;
  #closed = false;

  constructor(transport: Transport, peer: number, onFailure: (peer: number, error: unknown) => void) {
    this.#transport = transport;
    this.#peer = peer;
    this.#onFailure = onFailure;
  }

  push(frame: OutgoingFrame): void {
    if (this.#closed) return;
    this.#waiting.push(frame);
    if (!this.#sending) void this.#drain();
  }

  /** What is waiting is dropped; the frame that the transport has already is its own to end. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
  }

  async #drain(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting;
        this.#waiting = [];
        for (const frame of batch) {
          const data = bytesOf(frame.values, frame.start, frame.end);
          const { step, bucket, phase, part, offset } = frame;
          await this.#transport.send(this.#peer, { step, bucket, phase, part, offset, data });
          if (this.#closed) return;
          frame.onSent(data.byteLength);
        }
      }
    } catch (error) {
      // Never from within `push`, whose caller goes on to write to the buffers.
      queueMicrotask(() => this.#closed || this.#onFailure(this.#peer, error));
    } finally {
      this.#sending = false;
    }
  }
}
