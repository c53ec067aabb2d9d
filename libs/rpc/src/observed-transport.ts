import type { Frame, Transport } from '@tandem/collective';

/** A transport that also says when something has moved on it. */
export class ObservedTransport implements Transport {
  readonly #inner: Transport;
  readonly #onMove: () => void;

  constructor(inner: Transport, onMove: () => void) {
    this.#inner = inner;
    this.#onMove = onMove;
  }

  get rank(): number {
    return this.#inner.rank;
  }

  get worldSize(): number {
    return this.#inner.worldSize;
  }

  async send(to: number, frame: Frame): Promise<void> {
    await this.#inner.send(to, frame);
    this.#onMove();
  }

  onFrame(listener: (from: number, frame: Frame) => void): void {
    this.#inner.onFrame((from, frame) => {
      listener(from, frame);
      this.#onMove();
    });
  }

  onPeerLost(listener: (peer: number, error: Error) => void): void {
    this.#inner.onPeerLost(listener);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
