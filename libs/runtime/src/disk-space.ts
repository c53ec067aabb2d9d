import { statfs } from 'node:fs/promises';
import { setupError } from './errors.js';

const MARGIN_BYTES = 64 * 2 ** 20;

/** Bytes that a user may still write on the file system of `directory`, which exists. */
export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** Throws `TANDEM_SETUP_DISK` unless `neededBytes` and a margin are free. `free` is what `freeBytes` says. */
export function requireDiskSpace(directory: string, neededBytes: number, free: number): void {
  const needed = neededBytes + MARGIN_BYTES;
  if (free >= needed) return;
  throw setupError('TANDEM_SETUP_DISK', {
    what: `${megabytes(free)} are free and the set-up needs ${megabytes(needed)}`,
    where: directory,
    remedy: 'Free some space, or set TANDEM_CACHE to a folder on a larger disk.',
    context: { neededBytes: needed, freeBytes: free },
  });
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
