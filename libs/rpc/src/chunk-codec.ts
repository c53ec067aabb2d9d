import { MAX_CHUNK_DATA_BYTES, MAX_MESSAGE_BYTES } from './channel-options.js';
import type { ExchangePhase } from './messages.js';

// tandem.v1.Chunk as it lies on the wire, written and read by hand so that a chunk's data are never copied into a message nor
// out of one: the gRPC prefix (a zero and the message's length, four bytes big-endian), then protobuf's fields in the order of
// their numbers, `data` last. Any protobuf library can read what is sent, and what it would send can be read.

/** The fields of a Chunk that come before its data. */
export interface ChunkHead {
  readonly step: number;
  readonly bucket: number;
  readonly phase: ExchangePhase;
  readonly part: number;
  readonly offset: number;
  /** In place of data: where they lie in the sender's memory, in bytes. */
  readonly lent?: { readonly at: number; readonly bytes: number };
  /** And nothing else: that the sender of this no longer reads these of the chunks that were lent to it. */
  readonly returned?: { readonly first: number; readonly count: number };
}

/** A head as it was read, and where it ends. */
export interface ReadHead {
  readonly head: ChunkHead;
  /** From the first byte of the prefix to the first of the data. */
  readonly headBytes: number;
  readonly dataBytes: number;
}

const PREFIX_BYTES = 5;

/** More than prefix, tags, nine numbers of at most 10 bytes and the length of the data need. */
export const MAX_HEAD_BYTES = 128;

const phases: readonly ExchangePhase[] = ['REDUCE', 'GATHER'];
/** By number; the sixth is the data. */
const fields = [
  'step',
  'bucket',
  'phase',
  'part',
  'offset',
  undefined,
  'lentAt',
  'lentBytes',
  'first',
  'count',
] as const;
type Values = Record<Exclude<(typeof fields)[number], undefined>, number>;
const none: Values = {
  ...{ step: 0, bucket: 0, phase: 0, part: 0, offset: 0 },
  ...{ lentAt: 0, lentBytes: 0, first: 0, count: 0 },
};
const DATA_TAG = (6 << 3) | 2;
const VARINT = 0;

/** All of the message but its data, which follow. */
export function encodeHead(chunk: ChunkHead, dataBytes: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(MAX_HEAD_BYTES);
  let at = PREFIX_BYTES;
  const values = valuesOf(chunk);
  for (const [index, name] of fields.entries()) {
    const value = name === undefined ? 0 : values[name];
    // proto3 leaves zeros out.
    if (value === 0) continue;
    bytes[at++] = ((index + 1) << 3) | VARINT;
    at = writeVarint(bytes, at, value);
  }
  if (dataBytes > 0) {
    bytes[at++] = DATA_TAG;
    at = writeVarint(bytes, at, dataBytes);
  }
  bytes[0] = 0;
  bytes.writeUInt32BE(at - PREFIX_BYTES + dataBytes, 1);
  return bytes.subarray(0, at);
}

/**
 * Reads a head from the `length` bytes at the start of `bytes`; undefined: it goes on beyond them. Throws an Error for what
 * is no Chunk, or none that encodeHead could have made.
 */
export function decodeHead(bytes: Buffer, length: number): ReadHead | undefined {
  if (length < PREFIX_BYTES) return undefined;
  const messageBytes = bytes.readUInt32BE(1);
  if (bytes[0] !== 0) throw new Error('it sent a compressed chunk');
  if (messageBytes > MAX_MESSAGE_BYTES)
    throw new Error(`it sent a message of ${messageBytes} bytes, at most ${MAX_MESSAGE_BYTES} are allowed`);
  const end = PREFIX_BYTES + messageBytes;
  const values: Values = { ...none };
  const finish = (headBytes: number, dataBytes: number): ReadHead => {
    if (headBytes + dataBytes !== end || dataBytes > MAX_CHUNK_DATA_BYTES)
      throw new Error(
        `it sent a chunk of ${messageBytes} bytes whose data are ${dataBytes} bytes from ${headBytes} on`,
      );
    const phase = phases[values.phase];
    if (phase === undefined) throw new Error(`it sent a chunk of an unknown phase, ${values.phase}`);
    const { step, bucket, part, offset, lentAt, lentBytes, first, count } = values;
    const lent = lentBytes === 0 ? {} : { lent: { at: lentAt, bytes: lentBytes } };
    const returned = count === 0 ? {} : { returned: { first, count } };
    return { head: { step, bucket, phase, part, offset, ...lent, ...returned }, headBytes, dataBytes };
  };
  let at = PREFIX_BYTES;
  while (at < end) {
    const tag = readVarint(bytes, at, length);
    const value = tag && readVarint(bytes, tag.next, length);
    if (value === undefined) {
      if (length >= Math.min(MAX_HEAD_BYTES, end)) throw new Error('it sent what is no chunk');
      return undefined;
    }
    if (tag!.value === DATA_TAG && value.value > 0) return finish(value.next, value.value);
    if (tag!.value !== DATA_TAG && (tag!.value & 7) !== VARINT)
      throw new Error(`it sent a chunk with an unknown field of tag ${tag!.value}`);
    const name = fields[(tag!.value >> 3) - 1];
    if (name !== undefined) values[name] = value.value;
    at = value.next;
  }
  return finish(at, 0);
}

function valuesOf({ step, bucket, phase, part, offset, lent, returned }: ChunkHead): Values {
  const memory = { lentAt: lent?.at ?? 0, lentBytes: lent?.bytes ?? 0 };
  const numbers = { first: returned?.first ?? 0, count: returned?.count ?? 0 };
  return { step, bucket, phase: phases.indexOf(phase), part, offset, ...memory, ...numbers };
}

function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  // Beyond 2^31 bit operations would not do.
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80;
  bytes[at++] = rest;
  return at;
}

function readVarint(bytes: Uint8Array, start: number, length: number): { value: number; next: number } | undefined {
  let value = 0;
  let scale = 1;
  for (let at = start; at < length && at < start + 10; at++, scale *= 0x80) {
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, next: at + 1 };
  }
  return undefined;
}
