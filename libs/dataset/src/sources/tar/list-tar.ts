import { ConfigurationError } from '@tandem/core';
import { Header, Pax } from 'tar';
import type { PositionalReader } from './positional-reader.js';

const BLOCK = 512;
/** Of an extended header: names are short. */
const MAX_META_BYTES = 1024 * 1024;

/** A regular file in an archive: its bytes are [offset, offset + size) of the archive. */
export interface TarMember {
  /** As stored, without a leading "./". */
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

export interface TarListing {
  readonly members: readonly TarMember[];
  /** Links, devices and the like, which hold no bytes. */
  readonly ignored: number;
}

/**
 * The files in a tar archive (ustar, GNU or pax), by its headers alone: what lies between them is not read. Strict, since a
 * wrong place would give wrong pixels: throws a ConfigurationError (`TANDEM_DATA_TAR`) that says where for a checksum that
 * does not fit, an archive that is cut or compressed, and files stored sparse.
 */
export async function listTar(reader: PositionalReader): Promise<TarListing> {
  const members: TarMember[] = [];
  let ignored = 0;
  let longName: string | undefined;
  let extended: Pax | undefined;
  let global: Pax | undefined;
  let at = 0;
  for (;;) {
    const block = await reader.read(at, BLOCK);
    if (block.length < BLOCK) throw broken(reader, at, describeCut(block, at));
    const header = new Header(block, 0, extended, global);
    if (header.nullBlock) break;
    if (!header.cksumValid || header.size === undefined) throw broken(reader, at, describeStart(block, at));
    const { size, type } = header;
    const offset = at + BLOCK;
    at = offset + Math.ceil(size / BLOCK) * BLOCK;
    if (offset + size > reader.size)
      throw broken(
        reader,
        offset - BLOCK,
        `it is cut: ${header.path ?? ''} would end at byte ${offset + size} of ${reader.size}`,
      );
    switch (type) {
      case 'NextFileHasLongPath':
      case 'OldGnuLongPath':
        longName = untilNull(await meta(reader, offset, size));
        continue;
      case 'NextFileHasLongLinkpath':
        continue;
      case 'ExtendedHeader':
      case 'OldExtendedHeader': {
        const text = (await meta(reader, offset, size)).toString();
        if (text.includes(' GNU.sparse.')) throw broken(reader, offset, SPARSE);
        extended = Pax.parse(text, extended);
        continue;
      }
      case 'GlobalExtendedHeader':
        global = Pax.parse((await meta(reader, offset, size)).toString(), global, true);
        continue;
      case 'File':
      case 'OldFile':
      case 'ContiguousFile':
        members.push({ name: (longName ?? header.path ?? '').replace(/^(\.\/)+/, ''), offset, size });
        break;
      case 'SparseFile':
        throw broken(reader, offset - BLOCK, SPARSE);
      case 'Directory':
      case 'GNUDumpDir':
        break;
      case 'Link':
      case 'SymbolicLink':
      case 'CharacterDevice':
      case 'BlockDevice':
      case 'FIFO':
        ignored++;
        break;
      default:
        throw broken(reader, offset - BLOCK, `it has an entry of a kind that is not known (${type})`);
    }
    longName = extended = undefined;
  }
  return { members, ignored };
}

const SPARSE = 'it has a file that is stored sparse, in pieces';

async function meta(reader: PositionalReader, offset: number, size: number): Promise<Buffer> {
  if (size > MAX_META_BYTES) throw broken(reader, offset, `it has an extended header of ${size} bytes`);
  return reader.read(offset, size);
}

function untilNull(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

function describeCut(block: Buffer, at: number): string {
  if (at === 0) return describeStart(block, at);
  return 'it is cut: the end of the archive is missing';
}

function describeStart(block: Buffer, at: number): string {
  if (at > 0) return 'the header’s checksum does not fit';
  return block[0] === 0x1f && block[1] === 0x8b ? 'it is gzipped' : 'it is no tar archive';
}

function broken(reader: PositionalReader, at: number, what: string): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_DATA_TAR',
    what: `${what} (at byte ${at})`,
    where: reader.path,
    expected: 'a whole tar archive, not compressed, for images are read from the middle of it',
    remedy: 'Fetch or make it again.',
    context: { at },
  });
}
