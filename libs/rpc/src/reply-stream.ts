import { constants } from 'node:http2';
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { Writable } from 'node:stream';
import { status as Status } from '@grpc/grpc-js';

const headers: OutgoingHttpHeaders = { ':status': 200, 'content-type': 'application/grpc+proto' };

/** Messages that may wait before `write` says that there is no room. */
const HIGH_WATER_MESSAGES = 16;

/**
 * The answer to a server-streaming gRPC call: `write` takes messages, `end` ends it with OK. Emits 'cancelled', once, when the
 * caller goes away before.
 *
 * @param encode a message's bytes on the wire, its prefix too, in pieces that are read, not copied, until it is written
 */
export class ReplyStream<Message> extends Writable {
  readonly #stream: ServerHttp2Stream;
  readonly #encode: (message: Message) => readonly Uint8Array[];
  #cancelled = false;

  constructor(stream: ServerHttp2Stream, encode: (message: Message) => readonly Uint8Array[]) {
    super({ objectMode: true, highWaterMark: HIGH_WATER_MESSAGES });
    this.#stream = stream;
    this.#encode = encode;
    stream.on('error', () => this.#leave());
    stream.once('close', () => this.#leave());
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** Sends the headers, long before there is a message: they tell the caller that it is in. Only the first call does. */
  accept(metadata: OutgoingHttpHeaders = {}): void {
    if (this.#stream.headersSent || this.#stream.destroyed) return;
    this.#stream.respond({ ...headers, ...metadata }, { waitForTrailers: true });
    this.#stream.once('wantTrailers', () => this.#stream.sendTrailers({ 'grpc-status': Status.OK }));
  }

  /** Ends the call with this status; where messages have left already, breaks it off. */
  refuse(code: Status, details: string): void {
    if (this.#stream.destroyed) return;
    if (this.#stream.headersSent) return this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    this.#stream.respond({ ...headers, 'grpc-status': code, 'grpc-message': encodeURI(details) }, { endStream: true });
  }

  override _write(message: Message, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send([message], done);
  }

  override _writev(chunks: { chunk: Message }[], done: (error?: Error | null) => void): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: (error?: Error | null) => void): void {
    this.accept();
    this.#stream.end(() => done());
  }

  #send(messages: readonly Message[], done: (error?: Error | null) => void): void {
    this.accept();
    const pieces = messages.flatMap((message) => this.#encode(message));
    // One call of the system for all of them.
    this.#stream.cork();
    for (const piece of pieces.slice(0, -1)) this.#stream.write(piece);
    this.#stream.write(pieces.at(-1), done);
    this.#stream.uncork();
  }

  #leave(): void {
    if (this.#cancelled || this.writableFinished) return;
    this.#cancelled = true;
    this.emit('cancelled');
    this.destroy();
  }
}
