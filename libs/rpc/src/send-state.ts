import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { EventEmitter } from 'node:events';
import type { StateChunkInput } from './messages.js';
import type { StateSource } from './stored-state.js';

/** Large enough that a message's costs vanish, small enough that sixteen may wait in a stream. */
export const STATE_CHUNK_BYTES = 1024 * 1024;

/** The call that a state is the answer to: grpc-js' own, or a ReplyStream. Emits 'cancelled' when its caller goes away. */
export interface StateCall extends EventEmitter {
  readonly cancelled: boolean;
  write(chunk: StateChunkInput): boolean;
  end(): unknown;
}

/**
 * Writes a state as StateChunks and ends the call; the SHA-256 of the whole goes with the last. `state` is read until the
 * promise settles. Resolves early, with false, when the reader goes away; rejects where the state cannot be read.
 *
 * @param onProgress bytes handed over so far
 */
export async function sendState(
  call: StateCall,
  state: StateSource,
  onProgress?: (bytes: number) => void,
): Promise<boolean> {
  const hash = createHash('sha256');
  const gone = new AbortController();
  const leave = () => gone.abort();
  call.once('cancelled', leave);
  call.once('close', leave);
  try {
    for (let offset = 0; ; offset += STATE_CHUNK_BYTES) {
      if (call.cancelled || gone.signal.aborted) return false;
      const data = await state.read(offset, STATE_CHUNK_BYTES);
      hash.update(data);
      const last = offset + data.length === state.byteLength;
      const sha256 = last ? hash.digest('hex') : '';
      const room = call.write({ offset, totalBytes: state.byteLength, data, sha256 });
      onProgress?.(offset + data.length);
      if (last) break;
      if (!room) await once(call, 'drain', { signal: gone.signal });
    }
    call.end();
    await once(call, 'finish', { signal: gone.signal });
    return true;
  } catch (error) {
    if (gone.signal.aborted) return false;
    throw error;
  } finally {
    call.off('cancelled', leave);
    call.off('close', leave);
  }
}
