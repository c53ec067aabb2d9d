import { type FileHandle, open } from 'node:fs/promises';
import { ConfigurationError } from '@tandem/core';

/** Large enough for a header with what usually goes before it; what is skipped between headers is not read. */
const WINDOW_BYTES = 8192;

/** Reads pieces of a file at given places; pieces close to each other come with one read. Whoever opens it closes it. */
export class PositionalReader {
  readonly path: string;
  readonly size: number;
  readonly #file: FileHandle;
  #window: Buffer = Buffer.alloc(0);
  #start = 0;

  private constructor(path: string, file: FileHandle, size: number) {
    this.path = path;
    this.#file = file;
    this.size = size;
  }

  /** Throws a ConfigurationError (`TANDEM_DATA_UNREADABLE`) that names the file. */
  static async open(path: string): Promise<PositionalReader> {
    let file: FileHandle | undefined;
    try {
      file = await open(path);
      return new PositionalReader(path, file, (await file.stat()).size);
    } catch (cause) {
      await file?.close();
      throw unreadable(path, cause);
    }
  }

  /** The bytes from `start` on, fewer only at the end of the file. Valid until the next read. */
  async read(start: number, length: number): Promise<Buffer> {
    const end = Math.min(start + length, this.size);
    if (start < this.#start || end > this.#start + this.#window.length) {
      this.#window = await this.readFresh(start, Math.min(Math.max(length, WINDOW_BYTES), this.size - start));
      this.#start = start;
    }
    return this.#window.subarray(start - this.#start, Math.max(end, start) - this.#start);
  }

  /** Exactly these bytes, in memory of their own. Throws a ConfigurationError (`TANDEM_DATA_UNREADABLE`) where there are fewer. */
  async readFresh(start: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(Math.max(length, 0));
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#file
        .read(bytes, filled, length - filled, start + filled)
        .catch((cause: unknown) => Promise.reject(unreadable(this.path, cause)));
      if (bytesRead === 0)
        throw unreadable(this.path, new Error(`it ends at byte ${start + filled}, before ${start + length}`));
      filled += bytesRead;
    }
    return bytes;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function unreadable(path: string, cause: unknown): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_DATA_UNREADABLE',
    what: 'the archive cannot be read',
    where: path,
    remedy: 'Check that it is there, whole and readable, and do not change it while a run uses it.',
    cause,
  });
}
