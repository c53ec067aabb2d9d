import { describe, expect, it } from 'vitest';
import { BufferPool } from './buffer-pool.js';
import { encodeHead } from './chunk-codec.js';
import { ChunkReader } from './chunk-reader.js';
import type { ReceivedChunk } from './chunk-reader.js';

const lengths = [4, 0, 1000, 300, 0, 2];
const sent = lengths.map((length, step) => ({
  ...{ step, bucket: 1, phase: 'REDUCE' as const, part: 0, offset: 40 },
  data: new Uint8Array(length).fill(step + 1),
}));
const stream = Buffer.concat(sent.flatMap(({ data, ...head }) => [encodeHead(head, data.length), data]));

describe('ChunkReader', () => {
  it.each([1, 2, 7, 64, 1000, 5000])('puts chunks together from pieces of %i bytes', (size) => {
    const received: ReceivedChunk[] = [];
    const reader = new ChunkReader(new BufferPool(1e6), (chunk) => received.push(chunk));
    for (let at = 0; at < stream.length; at += size) reader.read(stream.subarray(at, at + size));
    expect(received).toMatchObject(sent);
    for (const { data } of received) expect(data.byteOffset).toBe(0);
  });

  it('uses the memory of released chunks again, and no other', () => {
    const buffers: ArrayBufferLike[] = [];
    const reader = new ChunkReader(new BufferPool(1e6), ({ data, step, release }) => {
      if (data.length === 0) return;
      buffers.push(data.buffer);
      if (step > 0) release();
    });
    reader.read(stream);
    const [kept, first, ...later] = buffers;
    expect(first).not.toBe(kept);
    for (const buffer of later) expect(buffer).toBe(first);
  });
});

describe('BufferPool', () => {
  it('keeps no more than it is told', () => {
    const pool = new BufferPool(2500);
    const taken = [pool.take(1000), pool.take(1000), pool.take(1000)];
    for (const each of taken) pool.give(each);
    const again = [pool.take(1000), pool.take(500), pool.take(1000)].map(({ buffer }) => buffer);
    expect(again.slice(0, 2).every((buffer) => taken.some((each) => each.buffer === buffer))).toBe(true);
    expect(taken.some(({ buffer }) => buffer === again[2])).toBe(false);
  });
});
