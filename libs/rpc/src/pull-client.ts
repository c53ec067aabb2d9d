import { connect, constants } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { status as Status } from '@grpc/grpc-js';
import { backoff } from './backoff.js';
import { BufferPool } from './buffer-pool.js';
import { FLOW_CONTROL_WINDOW_BYTES } from './channel-options.js';
import { ChunkReader } from './chunk-reader.js';
import type { ReceivedChunk } from './chunk-reader.js';
import { keepAlive } from './keep-alive.js';
import { frameMessage } from './message-framing.js';
import type { PullRequestInput } from './messages.js';
import { loadTandemProtocol } from './protocol.js';
import { connectOptions, tokenHeaders } from './security/http2-security.js';
import { LOOPBACK_ONLY } from './security/security.js';
import type { Security } from './security/security.js';
import { identityFault } from './security/tls-faults.js';

const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 2_000;

/** gRPC metadata of the answer to a pull that offered memory. */
export const MEMORY_HEADER = 'tandem-memory';
export const MEMORY_READABLE = 'readable';

/** Buffers of received chunks that lie idle, at most. */
const IDLE_BUFFER_BYTES = 32 * 1024 * 1024;

export interface PullListeners {
  /** The peer lets us pull, and perhaps reads the memory that the request offered. */
  readonly onAnswer: (readsMemory: boolean) => void;
  readonly onChunk: (chunk: ReceivedChunk) => void;
  /** The stream broke, or was refused: an Error with `code` and `details`, as grpc-js gives them. */
  readonly onError: (error: Error) => void;
  /** The peer ended the stream in good order; all its chunks have been handed over. */
  readonly onEnd: () => void;
}

/**
 * The one call of Collective.Pull at a peer: a gRPC client on Node's HTTP/2 itself, since that of grpc-js gathers each message
 * in memory that is new each time. Looks for the peer until it answers or `cancel` is called; one of onError and onEnd is last.
 */
export class PullClient {
  readonly #address: string;
  readonly #request: PullRequestInput;
  readonly #listeners: PullListeners;
  readonly #security: Security;
  readonly #reader: ChunkReader;
  readonly #pauses = backoff({ firstMs: FIRST_PAUSE_MS, maxMs: MAX_PAUSE_MS });
  #session: ClientHttp2Session | undefined;
  #stream: ClientHttp2Stream | undefined;
  #retry: NodeJS.Timeout | undefined;
  #over = false;

  /** @param address host:port. Throws a ConfigurationError (`TANDEM_PLAINTEXT`) where that is too far for plaintext. */
  constructor(address: string, request: PullRequestInput, listeners: PullListeners, security = LOOPBACK_ONLY) {
    this.#address = address;
    this.#security = security;
    this.#request = request;
    this.#listeners = listeners;
    this.#reader = new ChunkReader(new BufferPool(IDLE_BUFFER_BYTES), listeners.onChunk);
    this.#connect();
  }

  /** Nothing is heard of the peer any more. */
  cancel(): void {
    this.#over = true;
    this.#close();
  }

  #connect(): void {
    const { scheme, ...secure } = connectOptions(this.#address, this.#security);
    const session = connect(`${scheme}://${this.#address}`, {
      ...secure,
      settings: { enablePush: false, initialWindowSize: FLOW_CONTROL_WINDOW_BYTES },
      maxSessionMemory: Number.MAX_SAFE_INTEGER,
    });
    this.#session = session;
    let connected = false;
    session.once('connect', () => {
      connected = true;
      session.setLocalWindowSize(FLOW_CONTROL_WINDOW_BYTES);
      keepAlive(session);
      this.#pull(session);
    });
    session.on('error', (error) => {
      const fault = identityFault(`${(error as NodeJS.ErrnoException).code} ${error.message}`);
      if (fault !== undefined) this.#fail(Status.UNAUTHENTICATED, fault);
    });
    session.once('close', () => {
      if (this.#over) return;
      if (connected) return this.#fail(Status.UNAVAILABLE, 'Connection dropped');
      // A peer serves before it joins; but the way to it may need another attempt.
      this.#retry = setTimeout(() => this.#connect(), this.#pauses.next().value);
    });
  }

  #pull(session: ClientHttp2Session): void {
    const { path, requestSerialize } = loadTandemProtocol().collective.Pull;
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc+proto',
      te: 'trailers',
      ...tokenHeaders(this.#security),
    });
    this.#stream = stream;
    let status: IncomingHttpHeaders | undefined;
    stream.once('response', (headers) => {
      if (this.#over) return;
      if (headers['grpc-status'] !== undefined) status = headers;
      else if (headers[':status'] === 200) this.#listeners.onAnswer(headers[MEMORY_HEADER] === MEMORY_READABLE);
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
    for (const piece of frameMessage(requestSerialize(this.#request))) stream.write(piece);
    stream.end();
  }

  #read(piece: Buffer): void {
    if (this.#over) return;
    try {
      this.#reader.read(piece);
    } catch (error) {
      this.#fail(Status.INTERNAL, (error as Error).message);
    }
  }

  #finish(headers: IncomingHttpHeaders): void {
    const code = Number(headers['grpc-status']);
    if (code !== Status.OK) return this.#fail(code, decodeURI(String(headers['grpc-message'] ?? '')));
    if (this.#over) return;
    this.#over = true;
    this.#close();
    this.#listeners.onEnd();
  }

  #fail(code: Status, details: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#close();
    this.#listeners.onError(Object.assign(new Error(`${code} ${Status[code]}: ${details}`), { code, details }));
  }

  #close(): void {
    clearTimeout(this.#retry);
    this.#stream?.close(constants.NGHTTP2_CANCEL);
    // Not `close`, which would wait for chunks that nobody wants.
    this.#session?.destroy();
  }
}
