import { closeSync, mkdtempSync, openSync, read, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const readFile = promisify(read);

/** A state that one thread has put aside and another one sends: shared memory, or a file. */
export type StoredState = SharedArrayBuffer | StateFile;

/** A file without a name, gone when it is closed or its process ends, however that ends. Threads of a process share its number. */
export interface StateFile {
  readonly file: number;
  readonly byteLength: number;
}

/** What is sent of a state. */
export interface StateSource {
  readonly byteLength: number;
  /** `length` bytes from `offset` on; they stay as they are. */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
  /** Nobody will read it any more. */
  close?(): void;
}

/**
 * Puts a state aside in a file of the system's folder for temporary ones (TMPDIR): its bytes are then the page cache's, which
 * the system may write out and use otherwise, and not the process's for as long as the state takes to be sent.
 *
 * @param write calls `at` with each piece of the state and where it starts, in bytes
 */
export function storeInFile(
  byteLength: number,
  write: (at: (piece: Uint8Array, offset: number) => void) => void,
  folder = tmpdir(),
): StateFile {
  const home = mkdtempSync(join(folder, 'tandem-state-'));
  let file: number | undefined;
  try {
    file = openSync(join(home, 'state'), 'wx+', 0o600);
    const descriptor = file;
    rmSync(home, { recursive: true });
    write((piece, offset) => {
      for (let done = 0; done < piece.byteLength;)
        done += writeSync(descriptor, piece, done, piece.byteLength - done, offset + done);
    });
    return { file, byteLength };
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    if (file !== undefined) closeSync(file);
    throw error;
  }
}

/** Frees what nobody was given to send. */
export function discardState(state: StoredState): void {
  if ('file' in state) closeSync(state.file);
}

/** Takes the state over, to send it: `close` frees it. */
export function sourceOf(state: StoredState): StateSource {
  if (!('file' in state)) return memorySource(new Uint8Array(state));
  const { file, byteLength } = state;
  return {
    byteLength,
    read: async (offset, length) => {
      const piece = Buffer.allocUnsafeSlow(Math.min(length, byteLength - offset));
      for (let done = 0; done < piece.length;) {
        const { bytesRead } = await readFile(file, piece, done, piece.length - done, offset + done);
        if (bytesRead === 0) throw new Error(`the file of the state ends at byte ${offset + done} of ${byteLength}`);
        done += bytesRead;
      }
      return piece;
    },
    close: () => closeSync(file),
  };
}

export function memorySource(bytes: Uint8Array): StateSource {
  return {
    byteLength: bytes.byteLength,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
}
