/** A view of received bytes as float32; a copy where they do not lie on a multiple of four. */
export function asFloat32(bytes: Uint8Array): Float32Array {
  const elements = bytes.byteLength / Float32Array.BYTES_PER_ELEMENT;
  if (bytes.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0)
    return new Float32Array(bytes.buffer, bytes.byteOffset, elements);
  const copy = new Float32Array(elements);
  bytesOf(copy, 0, elements).set(bytes);
  return copy;
}

/** The bytes of the elements `start` … `end - 1`, not a copy. */
export function bytesOf(values: Float32Array, start: number, end: number): Uint8Array {
  const size = Float32Array.BYTES_PER_ELEMENT;
  return new Uint8Array(values.buffer, values.byteOffset + start * size, (end - start) * size);
}
