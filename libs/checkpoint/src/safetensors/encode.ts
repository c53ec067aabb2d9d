import { invariant } from '@tandem/core';
import { arrayTypeOf, elementsOf, type SafeTensor } from './tensor.js';

/** A safetensors file as the parts to write one after another, so that large tensors need not be copied. */
export interface SafetensorsParts {
  readonly totalBytes: number;
  /** The header first, then each tensor's bytes: views of the tensors' own memory. */
  readonly parts: readonly Uint8Array[];
}

/**
 * Lays tensors out as Python's safetensors does: the header is padded with spaces to a multiple of eight bytes, and wider
 * types come first, so that every tensor is aligned. Tensors of the same width keep their order.
 */
export function safetensorsParts(tensors: readonly SafeTensor[]): SafetensorsParts {
  const ordered = tensors.toSorted((a, b) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const header: Record<string, unknown> = {};
  let offset = 0;
  for (const { name, dtype, shape, data } of ordered) {
    invariant(data instanceof arrayTypeOf(dtype), `${name} is ${dtype}, its data is a ${data.constructor.name}`);
    invariant(data.length === elementsOf(shape), `${name} has shape [${shape.join(', ')}] and ${data.length} values`);
    invariant(!Object.hasOwn(header, name) && name !== '__metadata__', `the name ${name} is free`);
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const head = encodeHeader(header);
  return {
    totalBytes: head.byteLength + offset,
    parts: [head, ...ordered.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))],
  };
}

function encodeHeader(header: Record<string, unknown>): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(json.byteLength / 8) * 8;
  const head = new Uint8Array(8 + length).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(json, 8);
  return head;
}

/** The whole file in memory. */
export function encodeSafetensors(tensors: readonly SafeTensor[]): Uint8Array {
  const { totalBytes, parts } = safetensorsParts(tensors);
  const file = new Uint8Array(totalBytes);
  let offset = 0;
  for (const part of parts) {
    file.set(part, offset);
    offset += part.byteLength;
  }
  return file;
}
