import { createWriteStream } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import yauzl from 'yauzl';

export interface UnpackOptions {
  readonly wanted: (entry: string) => boolean;
  /** Called with the bytes written since the last call. */
  readonly onBytes: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface UnpackedFile {
  /** As in the archive. */
  readonly path: string;
  readonly bytes: number;
}

const EXECUTABLE = 0o111;

/** Unpacks the wanted files of a wheel below `directory`. yauzl refuses names that lead out of it and checks each file's size. */
export async function unpack(wheel: string, directory: string, options: UnpackOptions): Promise<UnpackedFile[]> {
  const archive = await yauzl.openPromise(wheel);
  const files: UnpackedFile[] = [];
  try {
    for await (const entry of archive.eachEntry()) {
      options.signal?.throwIfAborted();
      const path = entry.fileName;
      if (path.endsWith('/') || !options.wanted(path)) continue;
      const target = join(directory, path);
      await mkdir(dirname(target), { recursive: true });
      const count = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          options.onBytes(chunk.length);
          done(null, chunk);
        },
      });
      const source = await archive.openReadStreamPromise(entry);
      await pipeline(source, count, createWriteStream(target), { signal: options.signal });
      if ((entry.externalFileAttributes >>> 16) & EXECUTABLE) await chmod(target, 0o755);
      files.push({ path, bytes: entry.uncompressedSize });
    }
  } finally {
    archive.close();
  }
  return files;
}
