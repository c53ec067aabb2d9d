import { closeSync, mkdtempSync, openSync, read, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { delay } from '@tandem/core';

const readFile = promisify(read);

/** A state that one thread has put aside and another one sends: shared memory, or a file. */
export type StoredState = SharedArrayBuffer | StateFile;

/** A file without a name, gone when nobody uses it any more or its process ends, however that ends. Threads of a process share its number. */
export interface StateFile {
  readonly file: number;
  readonly byteLength: number;
  /** Two 64-bit numbers: the bytes that are written, or FAILED; and how many still use the file, who writes it and who reads it. */
  readonly progress: SharedArrayBuffer;
}

const [WRITTEN, USERS] = [0, 1];
const FAILED = -1n;

/** Who reads a file that is still being written looks for more this often, and for this long while nothing comes. */
const WRITE_PAUSE_MS = 2;
export const STATE_WRITE_TIMEOUT_MS = 30_000;

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
 * @param write calls `at` with each piece of the state, in order, and where it starts, in bytes
 */
export function storeInFile(byteLength: number, write: WriteState, folder?: string): StateFile {
  const state = openStateFile(byteLength, folder);
  try {
    fillStateFile(state, write);
  } catch (error) {
    discardState(state);
    throw error;
  }
  return state;
}

export type WriteState = (at: (piece: Uint8Array, offset: number) => void) => void;

/** A file for a state, to be filled while it is already read. Throws where there is no room for it. */
export function openStateFile(byteLength: number, folder = tmpdir()): StateFile {
  const home = mkdtempSync(join(folder, 'tandem-state-'));
  try {
    const { bavail, bsize } = statfsSync(home);
    if (bavail * bsize < byteLength) throw new Error(`${bavail * bsize} bytes are free there`);
    const progress = new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT);
    new BigInt64Array(progress)[USERS] = 2n;
    return { file: openSync(join(home, 'state'), 'wx+', 0o600), byteLength, progress };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Writes the state of a file that was opened for it. When this throws, readers hear of it. */
export function fillStateFile(state: StateFile, write: WriteState): void {
  const { file, byteLength } = state;
  const progress = new BigInt64Array(state.progress);
  try {
    write((piece, offset) => {
      for (let done = 0; done < piece.byteLength;)
        done += writeSync(file, piece, done, piece.byteLength - done, offset + done);
      Atomics.store(progress, WRITTEN, BigInt(offset + piece.byteLength));
    });
    const written = Atomics.load(progress, WRITTEN);
    if (written !== BigInt(byteLength))
      throw new Error(`the state has ${written} bytes where ${byteLength} were announced`);
  } catch (error) {
    Atomics.store(progress, WRITTEN, FAILED);
    throw error;
  } finally {
    leave(state);
  }
}

/** Frees what nobody was given to send. */
export function discardState(state: StoredState): void {
  if ('file' in state) leave(state);
}

/** The last one to leave closes the file: its number may be another file's from then on. */
function leave({ file, progress }: StateFile): void {
  if (Atomics.sub(new BigInt64Array(progress), USERS, 1n) === 1n) closeSync(file);
}

/** Takes the state over, to send it: `close` frees it. */
export function sourceOf(state: StoredState): StateSource {
  if (!('file' in state)) return memorySource(new Uint8Array(state));
  const { file, byteLength } = state;
  const progress = new BigInt64Array(state.progress);
  return {
    byteLength,
    read: async (offset, length) => {
      const piece = Buffer.allocUnsafeSlow(Math.min(length, byteLength - offset));
      await whenWritten(progress, offset + piece.length);
      for (let done = 0; done < piece.length;) {
        const { bytesRead } = await readFile(file, piece, done, piece.length - done, offset + done);
        if (bytesRead === 0) throw new Error(`the file of the state ends at byte ${offset + done} of ${byteLength}`);
        done += bytesRead;
      }
      return piece;
    },
    close: () => leave(state),
  };
}

/** Rejects where the writer has failed, or has written nothing more for STATE_WRITE_TIMEOUT_MS. */
async function whenWritten(progress: BigInt64Array, bytes: number): Promise<void> {
  let [seen, since] = [0n, performance.now()];
  for (;;) {
    const written = Atomics.load(progress, WRITTEN);
    if (written === FAILED) throw new Error('the state could not be put aside');
    if (written >= BigInt(bytes)) return;
    if (written > seen) [seen, since] = [written, performance.now()];
    if (performance.now() - since > STATE_WRITE_TIMEOUT_MS)
      throw new Error(`nothing of the state was put aside for ${STATE_WRITE_TIMEOUT_MS} ms (STATE_WRITE_TIMEOUT_MS)`);
    await delay(WRITE_PAUSE_MS);
  }
}

export function memorySource(bytes: Uint8Array): StateSource {
  return {
    byteLength: bytes.byteLength,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
}
