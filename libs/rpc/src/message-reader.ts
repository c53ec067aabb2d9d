import { MAX_MESSAGE_BYTES } from './channel-options.js';

const PREFIX_BYTES = 5;

/**
 * Puts gRPC messages together from the pieces in which HTTP/2 brings them, in memory that is used again for the next one:
 * `onMessage` has to be done with it when it returns.
 */
export class MessageReader {
  readonly #onMessage: (message: Buffer) => void;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  /** Of the prefix, then of the message. */
  #filled = 0;
  /** Undefined while the prefix is read. */
  #message: Buffer | undefined;
  #memory = Buffer.alloc(0);

  constructor(onMessage: (message: Buffer) => void) {
    this.#onMessage = onMessage;
  }

  /** Throws an Error that says what is wrong with the stream, which is then of no more use. */
  read(piece: Uint8Array): void {
    for (let at = 0; at < piece.length;) {
      const target = this.#message ?? this.#prefix;
      const end = Math.min(piece.length, at + target.length - this.#filled);
      target.set(piece.subarray(at, end), this.#filled);
      this.#filled += end - at;
      at = end;
      if (this.#filled === target.length) this.#next();
    }
  }

  /** The prefix is whole, or the message is. */
  #next(): void {
    this.#filled = 0;
    const message = this.#message;
    this.#message = undefined;
    if (message !== undefined) return this.#onMessage(message);
    const bytes = this.#prefix.readUInt32BE(1);
    if (this.#prefix[0] !== 0) throw new Error('it sent a compressed message');
    if (bytes > MAX_MESSAGE_BYTES)
      throw new Error(`it sent a message of ${bytes} bytes, at most ${MAX_MESSAGE_BYTES} are allowed`);
    if (bytes === 0) return this.#onMessage(Buffer.alloc(0));
    if (this.#memory.length < bytes) this.#memory = Buffer.allocUnsafeSlow(bytes);
    this.#message = this.#memory.subarray(0, bytes);
  }
}
