import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from '@tandem/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors } from './decode.js';
import { encodeSafetensors } from './encode.js';
import type { SafeTensor } from './tensor.js';

/** Written by Python's safetensors 0.8: `save_file` of the arrays below, with metadata. */
const golden = readFileSync(fileURLToPath(new URL('testdata/python.safetensors', import.meta.url)));
const tensors: SafeTensor[] = [
  { name: 'indices', dtype: 'I64', shape: [2], data: new BigInt64Array([2n ** 40n, -7n]) },
  { name: 'conv1/kernel', dtype: 'F32', shape: [1, 2, 3], data: new Float32Array([-0.5, -0.25, 0, 0.25, 0.5, 0.75]) },
  { name: 'empty', dtype: 'F32', shape: [0, 3], data: new Float32Array(0) },
  { name: 'labels', dtype: 'I32', shape: [3], data: new Int32Array([1, -2, 3]) },
  { name: 'scalar', dtype: 'F32', shape: [], data: new Float32Array([1.25]) },
];

function byName(list: readonly SafeTensor[]): SafeTensor[] {
  return list.toSorted((a, b) => a.name.localeCompare(b.name));
}

/** A file with this header over `dataBytes` zeros. */
function fileWith(header: unknown, dataBytes: number): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.byteLength));
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)]);
}

const f32 = (start: number, end: number, shape = [(end - start) / 4]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [start, end],
});

describe('safetensors', () => {
  it("reads what Python's safetensors wrote", () => {
    expect(byName(decodeSafetensors(golden))).toEqual(byName(tensors));
  });

  it('reads back what it wrote, whatever the order and the alignment of the memory', () => {
    const bytes = encodeSafetensors(tensors.toReversed());
    const shifted = new Uint8Array(bytes.byteLength + 1);
    shifted.set(bytes, 1);
    expect(byName(decodeSafetensors(shifted.subarray(1)))).toEqual(byName(tensors));
  });

  it('aligns the data to eight bytes', () => {
    for (const name of ['a', 'ab', 'abc', 'abcdefg']) {
      const bytes = encodeSafetensors([{ name, dtype: 'F32', shape: [1], data: new Float32Array(1) }]);
      expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0);
    }
  });

  it.each([
    ['an empty file', new Uint8Array(0), /the file has 0 bytes/],
    ['a cut header', golden.subarray(0, 40), /the header says it has \d+ bytes/],
    ['cut data', golden.subarray(0, -1), /ends at byte \d+ of the data.*cut short/],
    ['a tail', fileWith({ a: f32(0, 4) }, 5), /the file has 5 bytes of data. Expected 4 bytes/],
    ['no JSON', fileWith('{"a":', 0), /the header is not JSON/],
    ['an array', fileWith([], 0), /not a JSON object/],
    ['an overlap', fileWith({ a: f32(0, 8), b: f32(4, 12) }, 12), /tensor b starts at byte 4 .* Expected byte 8/],
    ['a gap', fileWith({ a: f32(0, 4), b: f32(8, 12) }, 12), /tensor b starts at byte 8 .* Expected byte 4/],
    ['a wrong size', fileWith({ a: f32(0, 8, [3]) }, 8), /tensor a has 8 bytes. Expected 12 for F32 \[3\]/],
    ['an unknown type', fileWith({ a: { ...f32(0, 4), dtype: 'BF16' } }, 4), /tensor a is of type BF16/],
    ['a strange entry', fileWith({ a: { ...f32(0, 4), extra: 1 } }, 4), /the entry of tensor a/],
  ])('refuses %s by name', (_, bytes, message) => {
    const decode = () => decodeSafetensors(bytes, 'model.safetensors');
    expect(decode).toThrow(ConfigurationError);
    expect(decode).toThrow(message);
    expect(decode).toThrow(/^model\.safetensors: /);
  });

  it('never throws anything else, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(golden.byteLength - 1), fc.nat(255), (noise, at, value) => {
        const changed = Buffer.from(golden);
        changed[at] = value;
        for (const bytes of [noise, changed])
          try {
            decodeSafetensors(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigurationError);
          }
      }),
    );
  });
});
