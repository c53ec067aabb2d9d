import { describe, expect, it } from 'vitest';
import { MAX_CHUNK_DATA_BYTES } from './channel-options.js';
import { MAX_HEAD_BYTES, decodeHead, encodeHead } from './chunk-codec.js';
import type { ChunkHead } from './chunk-codec.js';
import { loadTandemProtocol } from './protocol.js';

const { responseSerialize, responseDeserialize } = loadTandemProtocol().collective.Pull;

const heads: [string, ChunkHead][] = [
  ['zeros', { step: 0, bucket: 0, phase: 'REDUCE', part: 0, offset: 0 }],
  ['small numbers', { step: 7, bucket: 1, phase: 'GATHER', part: 2, offset: 3 }],
  ['two bytes each', { step: 300, bucket: 200, phase: 'REDUCE', part: 128, offset: 16383 }],
  ['the largest', { step: 2 ** 53 - 1, bucket: 2 ** 32 - 1, phase: 'GATHER', part: 2 ** 32 - 1, offset: 2 ** 32 - 1 }],
];

const inMessage = ({ lent, returned, ...head }: ChunkHead) => ({
  ...head,
  ...{ lentAt: lent?.at ?? 0, lentBytes: lent?.bytes ?? 0 },
  ...{ returnedFirst: returned?.first ?? 0, returnedCount: returned?.count ?? 0 },
});

describe.each(heads)('a Chunk of %s', (_, head) => {
  it.each([0, 1, 127, 128, 16384])('with %i bytes of data is understood by a protobuf library', (length) => {
    const data = Buffer.alloc(length, 5);
    const ours = Buffer.concat([encodeHead(head, length), data]);
    expect(ours.readUInt32BE(1)).toBe(ours.length - 5);
    expect(responseDeserialize(ours.subarray(5))).toEqual({ ...inMessage(head), data });
  });

  it.each([0, 1, 127, 128, 16384])('with %i bytes of data is read as a protobuf library writes it', (length) => {
    const theirs = responseSerialize({ ...head, data: Buffer.alloc(length, 5) });
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(theirs.length, 1);
    const start = Buffer.concat([prefix, theirs, Buffer.alloc(MAX_HEAD_BYTES)]).subarray(0, MAX_HEAD_BYTES);
    const read = decodeHead(start, MAX_HEAD_BYTES)!;
    // A library may also send data of no bytes as a field.
    expect(read).toEqual({ head, headBytes: 5 + theirs.length - length, dataBytes: length });
    for (let known = 0; known < read.headBytes - 2; known++) expect(decodeHead(start, known)).toBeUndefined();
  });
});

describe.each<[string, ChunkHead]>([
  ['lent', { ...heads[2]![1], lent: { at: 2 ** 32 - 4, bytes: 2 ** 31 } }],
  ['returned', { ...heads[0]![1], returned: { first: 0, count: 3 } }],
  ['returned late', { ...heads[0]![1], returned: { first: 2 ** 40, count: 1 } }],
])('a Chunk that is %s', (_, head) => {
  it('is understood by a protobuf library, and read as that writes it', () => {
    const ours = Buffer.from(encodeHead(head, 0));
    expect(responseDeserialize(ours.subarray(5))).toEqual({ ...inMessage(head), data: Buffer.alloc(0) });
    expect(decodeHead(ours, ours.length)).toEqual({ head, headBytes: ours.length, dataBytes: 0 });
    const message = responseSerialize({ ...inMessage(head), data: Buffer.alloc(0) });
    const theirs = Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]);
    expect(decodeHead(theirs, theirs.length)).toEqual({ head, headBytes: theirs.length, dataBytes: 0 });
  });
});

describe('decodeHead', () => {
  const message = (...bytes: number[]) =>
    Buffer.concat([Buffer.from([0, 0, 0, 0, bytes.length, ...bytes]), Buffer.alloc(100)]);

  it.each([
    ['a compressed message', Buffer.from([1, 0, 0, 0, 0]), 'compressed'],
    ['a message that is too large', Buffer.from([0, 1, 0, 0, 0]), 'at most'],
    ['a field that is no number', message((9 << 3) | 2, 1, 0), 'unknown field of tag 74'],
    ['a phase that there is not', message(3 << 3, 9), 'unknown phase, 9'],
    ['data that are not the last field', message((6 << 3) | 2, 1, 0, 1 << 3, 1), 'whose data are 1 bytes'],
    ['data beyond the end', message((6 << 3) | 2, 9, 0), 'whose data are 9 bytes'],
    ['a number without an end', message(1 << 3, 0xff), 'a chunk of 2 bytes'],
  ])('refuses %s', (_, bytes, reason) => {
    expect(() => decodeHead(bytes, bytes.length)).toThrow(reason);
  });

  it('takes a number whose field it does not know for what later versions may add', () => {
    expect(decodeHead(message(1 << 3, 4, 15 << 3, 3), 50)?.head.step).toBe(4);
  });

  it('takes as much data as peers have agreed on', () => {
    const head = Buffer.concat([encodeHead(heads[3]![1], MAX_CHUNK_DATA_BYTES), Buffer.alloc(MAX_HEAD_BYTES)]);
    expect(decodeHead(head, MAX_HEAD_BYTES)?.dataBytes).toBe(MAX_CHUNK_DATA_BYTES);
  });
});
