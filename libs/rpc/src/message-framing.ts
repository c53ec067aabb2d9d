import type { ServerHttp2Stream } from 'node:http2';

/** Requests are names and numbers. */
const MAX_REQUEST_BYTES = 64 * 1024;

/** A caller whose request is not there after so long is cut off. */
export const REQUEST_TIMEOUT_MS = 10_000;

const PREFIX_BYTES = 5;

/** The pieces of a gRPC message: a zero (not compressed), the length in four bytes big-endian, the message. */
export function frameMessage(message: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return [prefix, message];
}

/** The one message of a call's request. Rejects with an Error that says why there is none. */
export async function readRequest(stream: ServerHttp2Stream): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  const late = setTimeout(() => stream.destroy(), REQUEST_TIMEOUT_MS);
  stream.once('close', () => clearTimeout(late));
  for await (const piece of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > MAX_REQUEST_BYTES) throw new Error(`the request has more than ${MAX_REQUEST_BYTES} bytes`);
  }
  clearTimeout(late);
  const all = Buffer.concat(pieces);
  if (all.length < PREFIX_BYTES || all[0] !== 0 || all.readUInt32BE(1) !== all.length - PREFIX_BYTES)
    throw new Error('the request is not one uncompressed message');
  return all.subarray(PREFIX_BYTES);
}
