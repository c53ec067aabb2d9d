import { rm, writeFile, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { delay, isProcessAlive } from '@tandem/core';
import lockfile from 'proper-lockfile';
import { runDirectoryUnusable, runInUse, runTakenOver } from './errors.js';

/**
 * A coordinator on another machine that shows no sign of life for so long (it does each half of it) counts as dead. One of
 * this machine counts as dead when its process is gone.
 */
export const RUN_LOCK_STALE_MS = 10_000;

/** A holder that looks dead is waited for so long, and then refused: it may only be slow. */
const LOCK_WAIT_MS = RUN_LOCK_STALE_MS + 2_000;

const RETRY_MS = 250;

export interface RunLock {
  /** Gives the run directory free. Idempotent. */
  release(): Promise<void>;
}

interface Owner {
  readonly host: string;
  readonly pid: number;
}

function lockFolder(directory: string): string {
  return join(directory, '.coordinator.lock');
}

function ownerFile(directory: string): string {
  return join(directory, '.coordinator');
}

/** Whether a coordinator leads the run: one of this machine whose process is there, or one that shows signs of life. */
export async function isLed(directory: string): Promise<boolean> {
  const lockfilePath = lockFolder(directory);
  const options = { stale: RUN_LOCK_STALE_MS, lockfilePath, realpath: true };
  const isLocked = await lockfile.check(directory, options).catch(() => false);
  const owner = await readOwner(ownerFile(directory));
  return isLocked && (owner?.host !== hostname() || isProcessAlive(owner.pid));
}

/**
 * One coordinator at a time leads the run of a directory: two would write one file of metrics. The lock outlives a holder that is
 * killed, but not for long. Throws a ConfigurationError: `TANDEM_RUN_IN_USE`, `TANDEM_OUT_NOT_WRITABLE`.
 *
 * @param onTakenOver this process stood still for so long that another one took it for dead
 */
export async function lockRun(directory: string, onTakenOver: (error: Error) => void): Promise<RunLock> {
  const lockfilePath = lockFolder(directory);
  const started = performance.now();
  for (;;) {
    try {
      const release = await lockfile.lock(directory, {
        ...{ stale: RUN_LOCK_STALE_MS, lockfilePath, realpath: true },
        onCompromised: (cause) => onTakenOver(runTakenOver(directory, cause)),
      });
      await writeFile(ownerFile(directory), JSON.stringify({ host: hostname(), pid: process.pid } satisfies Owner));
      return {
        release: async () => {
          await rm(ownerFile(directory), { force: true }).catch(() => undefined);
          await release().catch(() => undefined);
        },
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw runDirectoryUnusable(directory, error);
      const owner = await readOwner(ownerFile(directory));
      const here = owner?.host === hostname();
      if (owner !== undefined && here && !isProcessAlive(owner.pid)) {
        await rm(lockfilePath, { recursive: true, force: true });
        continue;
      }
      if ((owner !== undefined && here) || performance.now() - started > LOCK_WAIT_MS) throw runInUse(directory, owner);
      await delay(RETRY_MS);
    }
  }
}

async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}
