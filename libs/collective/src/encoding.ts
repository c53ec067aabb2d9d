import { decodeBfloat16, encodeBfloat16 } from './bfloat16.js';
import type { Encoding } from './bucket-plan.js';
import { asFloat32, bytesOf } from './float32-bytes.js';
import type { Frame } from './transport.js';

const BYTES: Readonly<Record<Encoding, number>> = { float32: 4, bfloat16: 2 };

/** Elements in so many bytes; no whole number where they are none of this encoding. */
export function elementsIn(encoding: Encoding, bytes: number): number {
  return bytes / BYTES[encoding];
}

/** What a frame's data are in, where the bucket says `encoding`. */
export function encodingOf({ lent = false }: Frame, encoding: Encoding): Encoding {
  return lent ? 'float32' : encoding;
}

/** Bytes of so many elements. */
export function bytesIn(encoding: Encoding, elements: number): number {
  return elements * BYTES[encoding];
}

/** The elements `start` … `end - 1` as they travel: a view for float32, a copy for bfloat16. */
export function encode(encoding: Encoding, values: Float32Array, start: number, end: number): Uint8Array {
  return encoding === 'float32' ? bytesOf(values, start, end) : encodeBfloat16(values, start, end);
}

/** What came, as float32: a view of the bytes where that can be. */
export function decoded(encoding: Encoding, bytes: Uint8Array): Float32Array {
  if (encoding === 'float32') return asFloat32(bytes);
  const values = new Float32Array(elementsIn(encoding, bytes.byteLength));
  decodeBfloat16(bytes, values);
  return values;
}

/** Writes what came to `values` from element `start` on. */
export function decodeInto(encoding: Encoding, bytes: Uint8Array, values: Float32Array, start: number): void {
  const end = start + elementsIn(encoding, bytes.byteLength);
  if (encoding === 'float32') bytesOf(values, start, end).set(bytes);
  else decodeBfloat16(bytes, values.subarray(start, end));
}
