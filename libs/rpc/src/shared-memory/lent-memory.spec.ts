import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { LentMemory } from '../messages.js';
import { closeMemory, lentMemory, openMemory, privateMemory } from './exchange-memory.js';
import type { ExchangeMemory } from './exchange-memory.js';
import { PeerMemory } from './lent-memory.js';
import { memoryCalls } from './memory-calls.js';

const extent = { elements: 3000, partials: 2 };
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

const openFiles = () => readdirSync('/proc/self/fd').map((fd) => linkOf(`/proc/self/fd/${fd}`));

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function lend(): Extract<ExchangeMemory, { kind: 'lent' }> {
  const memory = lentMemory(extent);
  if (memory?.kind !== 'lent') throw new Error('this machine lends no memory');
  cleanUps.push(() => closeMemory(memory));
  return memory;
}

function open(memory: ExchangeMemory) {
  const opened = openMemory(memory);
  const own = opened.own!;
  cleanUps.push(() => own.clear());
  return { ...opened, own, offer: own.offer as LentMemory };
}

it.each(['private', 'lent'])('has arrays of zeros that do not touch, in %s memory', (kind) => {
  const { partials, mean } = openMemory(kind === 'lent' ? lend() : privateMemory(extent)).arrays;
  const arrays = [...partials, mean];
  expect(arrays.map(({ length }) => length)).toEqual([3000, 3000, 3000]);
  expect(arrays.every((array) => array.every((value) => value === 0))).toBe(true);
  for (const [index, array] of arrays.entries()) array.fill(index + 1);
  expect(arrays.map((array) => new Set(array))).toEqual([new Set([1]), new Set([2]), new Set([3])]);
});

it('is read where it lies, by whoever was offered it, also after its file is closed, and not written to', () => {
  const memory = lentMemory(extent) as Extract<ExchangeMemory, { kind: 'lent' }>;
  const { arrays, own, offer } = open(memory);
  const peer = PeerMemory.open(offer)!;
  closeMemory(memory);
  arrays.mean.set([1.5, -2], 7);
  const place = own.placeOf(new Uint8Array(arrays.mean.buffer, arrays.mean.byteOffset + 28, 8))!;
  const read = peer.at(place, 8)!;
  expect([...new Float32Array(read.buffer, read.byteOffset, 2)]).toEqual([1.5, -2]);
  arrays.mean[8] = 4;
  expect(new Float32Array(read.buffer, read.byteOffset, 2)[1]).toBe(4);
  peer.clear();
  expect([...read]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  expect(arrays.mean[8]).toBe(4);
});

it('has no place for what lies elsewhere, or beyond', () => {
  const { own, offer } = open(lend());
  expect(own.placeOf(new Uint8Array(8))).toBeUndefined();
  const peer = PeerMemory.open(offer)!;
  cleanUps.push(() => peer.clear());
  for (const [start, bytes] of [
    [0, 8],
    [33, 8],
    [offer.bytes - 4, 8],
    [offer.bytes, 4],
    [2 ** 53, 4],
  ] as const)
    expect(peer.at(start, bytes)).toBeUndefined();
  expect(peer.at(offer.bytes - 4, 4)).toHaveLength(4);
});

it('is nobody’s who was not offered that very file', () => {
  const { offer } = open(lend());
  const folder = mkdtempSync(join(tmpdir(), 'tandem-memory-'));
  cleanUps.push(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'memfd:tandem-exchange');
  writeFileSync(file, Buffer.concat([offer.key as Buffer, Buffer.alloc(offer.bytes - offer.key.length)]));
  const plain = openSync(file, 'r');
  cleanUps.push(() => closeSync(plain));
  const elsewhere = 2 ** 22;
  const others: Record<string, LentMemory> = {
    'another process': { ...offer, pid: process.ppid },
    'no process': { ...offer, pid: elsewhere },
    'another file': { ...offer, fd: plain },
    'no file': { ...offer, fd: elsewhere },
    'another size': { ...offer, bytes: offer.bytes - 4096 },
    'another key': { ...offer, key: Buffer.alloc(32, 1) },
    'no key': { ...offer, key: Buffer.alloc(0) },
  };
  const before = openFiles().length;
  for (const [name, other] of Object.entries(others)) expect(PeerMemory.open(other), name).toBeUndefined();
  expect(openFiles()).toHaveLength(before);
});

it('cannot be made smaller under a reader, and has no name in the file system', () => {
  const inShm = () => readdirSync('/dev/shm').sort();
  const before = inShm();
  const memory = lend();
  expect(memoryCalls().isSealed(memory.fd)).toBe(true);
  expect(() => writeFileSync(`/proc/self/fd/${memory.fd}`, '')).toThrow(/EPERM|EINVAL/);
  expect(inShm()).toEqual(before);
});

it('takes no memory any more once it is cleared everywhere and closed', () => {
  const resident = () => Number(/RssShmem:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
  const memory = lentMemory({ elements: 4_000_000, partials: 1 })!;
  const { arrays, own } = openMemory(memory);
  const before = resident();
  arrays.mean.fill(1);
  expect(resident() - before).toBeGreaterThan(15_000);
  own!.clear();
  closeMemory(memory);
  expect(resident() - before).toBeLessThan(1_000);
});
