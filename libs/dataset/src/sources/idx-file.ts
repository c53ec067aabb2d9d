import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ConfigurationError } from '@tandem/core';

/** An IDX file of unsigned bytes, as of the MNIST family: magic, one big-endian size for each dimension, then the bytes. */
export interface IdxFile {
  readonly path: string;
  readonly dimensions: readonly number[];
  readonly header: Uint8Array;
  /** The bytes after the header. */
  load(): Promise<Uint8Array>;
}

/**
 * Checks the header of an IDX file, gzipped or not, against its size. Throws a ConfigurationError: `TANDEM_DATA_IDX_MAGIC`
 * or `TANDEM_DATA_IDX_SIZE`.
 */
export async function openIdxFile(path: string, rank: 1 | 3): Promise<IdxFile> {
  const headerBytes = 4 + 4 * rank;
  const zipped = await readStart(path, 2);
  const unzipped = zipped[0] === 0x1f && zipped[1] === 0x8b ? await unzip(path) : undefined;
  const header = unzipped?.subarray(0, headerBytes) ?? (await readStart(path, headerBytes));
  const size = unzipped?.length ?? (await stat(path)).size;
  const kind = rank === 3 ? 'images (magic 0x00000803)' : 'labels (magic 0x00000801)';
  const magic = header.length < 4 ? undefined : header.readUInt32BE(0);
  if (magic !== 0x0800 + rank || header.length < headerBytes)
    throw new ConfigurationError({
      code: 'TANDEM_DATA_IDX_MAGIC',
      what: `the file begins with ${magic === undefined ? `only ${header.length} bytes` : `0x${magic.toString(16).padStart(8, '0')}`}`,
      where: path,
      expected: `an IDX file of ${kind}`,
    });
  const dimensions = Array.from({ length: rank }, (_, axis) => header.readUInt32BE(4 + 4 * axis));
  const expected = headerBytes + dimensions.reduce((product, dimension) => product * dimension, 1);
  if (size !== expected || dimensions.includes(0))
    throw new ConfigurationError({
      code: 'TANDEM_DATA_IDX_SIZE',
      what: `the file has ${size} bytes, but its header says ${dimensions.join(' × ')}`,
      where: path,
      expected: `${expected} bytes and no empty dimension`,
      remedy: 'Fetch it again: it may have been cut off.',
      context: { size, dimensions },
    });
  return {
    path,
    dimensions,
    header,
    load: async () => (unzipped ?? (await readFile(path))).subarray(headerBytes),
  };
}

async function readStart(path: string, bytes: number): Promise<Buffer> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (cause) {
    throw new ConfigurationError({
      code: 'TANDEM_DATA_MISSING',
      what: 'the IDX file cannot be opened',
      where: path,
      cause,
    });
  }
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function unzip(path: string): Promise<Buffer> {
  try {
    return await promisify(gunzip)(await readFile(path));
  } catch (cause) {
    throw new ConfigurationError({
      code: 'TANDEM_DATA_IDX_SIZE',
      what: 'the gzipped IDX file cannot be unpacked',
      where: path,
      expected: 'a whole gzip file',
      remedy: 'Fetch it again: it may have been cut off.',
      cause,
    });
  }
}
