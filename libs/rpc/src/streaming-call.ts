import { connect, constants } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { status as Status } from '@grpc/grpc-js';
import type { ClusterRole } from '@tandem/core';
import { backoff } from './backoff.js';
import { FLOW_CONTROL_WINDOW_BYTES } from './channel-options.js';
import { keepAlive } from './keep-alive.js';
import { frameMessage } from './message-framing.js';
import { connectOptions, tokenHeaders } from './security/http2-security.js';
import type { Security } from './security/security.js';
import { identityFault } from './security/tls-faults.js';

const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 2_000;

export interface StreamingCallOptions {
  /** host:port. */
  readonly address: string;
  /** Of the method: `/tandem.v1.Collective/Pull`. */
  readonly path: string;
  /** The one message of the request. */
  readonly request: Uint8Array;
  /** What the other end has to be. */
  readonly peer: ClusterRole;
  readonly security: Security;
  /** Where nobody listens, look again until somebody does, or `cancel`. Default: fail as UNAVAILABLE. */
  readonly untilThere?: boolean;
  /** The call was let in. */
  readonly onAnswer?: (headers: IncomingHttpHeaders) => void;
  /** Of the messages' bytes, prefixes included; throws an Error that says what is wrong with them. */
  readonly onPiece: (piece: Buffer) => void;
  /** The stream broke, or was refused: an Error with `code` and `details`, as grpc-js gives them. */
  readonly onError: (error: Error) => void;
  /** The peer ended the stream in good order; all its bytes have been handed over. */
  readonly onEnd: () => void;
}

/**
 * One server-streaming gRPC call on Node's HTTP/2 itself, over a connection of its own: the client of grpc-js gathers each
 * message in memory that is new each time. One of onError and onEnd is last.
 */
export class StreamingCall {
  readonly #options: StreamingCallOptions;
  readonly #pauses = backoff({ firstMs: FIRST_PAUSE_MS, maxMs: MAX_PAUSE_MS });
  #session: ClientHttp2Session | undefined;
  #stream: ClientHttp2Stream | undefined;
  #retry: NodeJS.Timeout | undefined;
  #over = false;

  /** Throws a ConfigurationError (`TANDEM_PLAINTEXT`) where the address is too far for plaintext. */
  constructor(options: StreamingCallOptions) {
    this.#options = options;
    this.#connect();
  }

  /** Nothing is heard of the peer any more. */
  cancel(): void {
    this.#over = true;
    this.#close();
  }

  #connect(): void {
    const { address, security, peer } = this.#options;
    const { scheme, ...secure } = connectOptions(address, security, peer);
    const session = connect(`${scheme}://${address}`, {
      ...secure,
      settings: { enablePush: false, initialWindowSize: FLOW_CONTROL_WINDOW_BYTES },
      maxSessionMemory: Number.MAX_SAFE_INTEGER,
    });
    this.#session = session;
    let connected = false;
    let failure = 'Connection dropped';
    session.once('connect', () => {
      // Cancelled while the event was on its way.
      if (session.destroyed) return;
      connected = true;
      session.setLocalWindowSize(FLOW_CONTROL_WINDOW_BYTES);
      keepAlive(session);
      this.#call(session);
    });
    session.on('error', (error) => {
      failure = error.message;
      const fault = identityFault(`${(error as NodeJS.ErrnoException).code} ${error.message}`);
      if (fault !== undefined) this.#fail(Status.UNAUTHENTICATED, fault);
    });
    session.once('close', () => {
      if (this.#over) return;
      if (connected) return this.#fail(Status.UNAVAILABLE, 'Connection dropped');
      if (this.#options.untilThere !== true) return this.#fail(Status.UNAVAILABLE, failure);
      this.#retry = setTimeout(() => this.#connect(), this.#pauses.next().value);
    });
  }

  #call(session: ClientHttp2Session): void {
    const { path, request, security } = this.#options;
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc+proto',
      te: 'trailers',
      ...tokenHeaders(security),
    });
    this.#stream = stream;
    let status: IncomingHttpHeaders | undefined;
    stream.once('response', (headers) => {
      if (this.#over) return;
      if (headers['grpc-status'] !== undefined) status = headers;
      else if (headers[':status'] === 200) this.#options.onAnswer?.(headers);
      else this.#fail(Status.UNKNOWN, `HTTP status ${headers[':status']}`);
    });
    stream.once('trailers', (headers) => (status = headers));
    stream.on('data', (piece: Buffer) => this.#read(piece));
    // Its reason is in the code that the stream is closed with.
    stream.on('error', () => undefined);
    stream.once('end', () => {
      if (status !== undefined) this.#finish(status);
    });
    stream.once('close', () => {
      if (status !== undefined) this.#finish(status);
      else if (session.destroyed) this.#fail(Status.UNAVAILABLE, 'Connection dropped');
      else this.#fail(Status.CANCELLED, `HTTP/2 stream closed with code ${stream.rstCode}`);
    });
    for (const piece of frameMessage(request)) stream.write(piece);
    stream.end();
  }

  #read(piece: Buffer): void {
    if (this.#over) return;
    try {
      this.#options.onPiece(piece);
    } catch (error) {
      this.#fail(Status.INTERNAL, (error as Error).message);
    }
  }

  #finish(headers: IncomingHttpHeaders): void {
    const code = Number(headers['grpc-status']);
    if (code !== Status.OK) return this.#fail(code, messageOf(headers));
    if (this.#over) return;
    this.#over = true;
    this.#close();
    this.#options.onEnd();
  }

  #fail(code: Status, details: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#close();
    this.#options.onError(Object.assign(new Error(`${code} ${Status[code]}: ${details}`), { code, details }));
  }

  #close(): void {
    clearTimeout(this.#retry);
    this.#stream?.close(constants.NGHTTP2_CANCEL);
    // Not `close`, which would wait for what nobody wants.
    this.#session?.destroy();
  }
}

/** Percent-encoded, as gRPC demands; what is encoded otherwise is given as it came. */
function messageOf(headers: IncomingHttpHeaders): string {
  const message = String(headers['grpc-message'] ?? '');
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}
