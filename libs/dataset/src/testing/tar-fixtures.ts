import { Header, Pax } from 'tar';

export interface TarEntry {
  readonly name: string;
  readonly data?: string | Uint8Array;
  /** The type flag; default: a file. */
  readonly type?: 'File' | 'Directory' | 'SymbolicLink' | 'ExtendedHeader' | 'NextFileHasLongPath';
}

const BLOCK = 512;

/** A tar archive with its end. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), Buffer.alloc(2 * BLOCK)]);
}

export function tarEntry({ name, data = '', type = 'File' }: TarEntry): Buffer {
  const bytes = Buffer.from(data);
  const header = Buffer.alloc(BLOCK);
  new Header({ path: name, mode: 0o644, size: bytes.length, type, mtime: new Date(0) }).encode(header, 0);
  return Buffer.concat([header, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);
}

/** GNU's way to a long name: an entry with the name before the file's own. */
export function gnuLongName(name: string, data: string): Buffer {
  return Buffer.concat([
    tarEntry({ name: '././@LongLink', data: `${name}\0`, type: 'NextFileHasLongPath' }),
    tarEntry({ name: name.slice(0, 99), data }),
  ]);
}

/** POSIX's: an extended header with `path`. */
export function paxLongName(name: string, data: string): Buffer {
  return Buffer.concat([new Pax({ path: name }).encode(), tarEntry({ name: name.slice(0, 50), data })]);
}
