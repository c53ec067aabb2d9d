import type { Frame, Transport } from '@tandem/collective';

export type Direction = 'sent' | 'received';

/** A transport that also says when something has moved on it. */
export class ObservedTransport implements Transport {
  readonly #inner: Transport;
  readonly #onMove: (direction: Direction, frame: Frame) => void;

  constructor(inner: Transport, onMove: (direction: Direction, frame: Frame) => void) {
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
    this.#onMove('sent', frame);
  }

  lendsTo(to: number): boolean {
    return this.#inner.lendsTo?.(to) ?? false;
  }

  onFrame(listener: (from: number, frame: Frame) => void): void {
    this.#inner.onFrame((from, frame) => {
      listener(from, frame);
      this.#onMove('received', frame);
    });
  }

  onPeerLost(listener: (peer: number, error: Error) => void): void {
    this.#inner.onPeerLost(listener);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
