import { BufferPool } from './buffer-pool.js';
import { ChunkReader } from './chunk-reader.js';
import type { ReceivedChunk } from './chunk-reader.js';
import type { PullRequestInput } from './messages.js';
import { loadTandemProtocol } from './protocol.js';
import { LOOPBACK_ONLY } from './security/security.js';
import type { Security } from './security/security.js';
import { StreamingCall } from './streaming-call.js';

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
 * The one call of Collective.Pull at a peer. Looks for the peer until it answers or `cancel` is called: a peer serves before it
 * joins, but the way to it may need another attempt. One of onError and onEnd is last.
 *
 * @param address host:port. Throws a ConfigurationError (`TANDEM_PLAINTEXT`) where that is too far for plaintext.
 */
export function pull(
  address: string,
  request: PullRequestInput,
  { onAnswer, onChunk, onError, onEnd }: PullListeners,
  security: Security = LOOPBACK_ONLY,
): StreamingCall {
  const { path, requestSerialize } = loadTandemProtocol().collective.Pull;
  const reader = new ChunkReader(new BufferPool(IDLE_BUFFER_BYTES), onChunk);
  return new StreamingCall({
    ...{ address, path, security, peer: 'worker', untilThere: true, onError, onEnd },
    request: requestSerialize(request),
    onAnswer: (headers) => onAnswer(headers[MEMORY_HEADER] === MEMORY_READABLE),
    onPiece: (piece) => reader.read(piece),
  });
}
