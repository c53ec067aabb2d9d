import { mkdir } from 'node:fs/promises';
import { delay } from '@tandem/core';
import lockfile from 'proper-lockfile';
import { setupError } from './errors.js';

export interface SetupLock {
  /** Aborted when the lock was lost: the machine slept, and another set-up took it for dead. */
  readonly signal: AbortSignal;
  release(): Promise<void>;
}

export interface SetupLockOptions {
  readonly directory: string;
  /** How long a holder may show no sign of life (it does each `staleMs / 2`) before it counts as dead. At least 2000. */
  readonly staleMs: number;
  /** Called once if somebody else holds the lock. */
  readonly onWait: () => void;
  readonly signal?: AbortSignal | undefined;
}

const RETRY_MS = 200;

/**
 * Takes the lock of the cache: one set-up at a time works in it, over processes and, on a shared file system, machines.
 * Waits as long as the holder lives, since a CUDA set-up downloads 3.3 GB; `signal` ends the wait.
 * Throws `TANDEM_SETUP_CACHE` if it cannot be written.
 */
export async function takeSetupLock(options: SetupLockOptions): Promise<SetupLock> {
  const { directory, staleMs, onWait, signal } = options;
  const unusable = (cause: unknown) =>
    setupError('TANDEM_SETUP_CACHE', {
      what: `the cache cannot be written (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`,
      where: directory,
      remedy: 'Set TANDEM_CACHE to a folder that you may write.',
      cause,
    });
  await mkdir(directory, { recursive: true }).catch((error: unknown) => Promise.reject(unusable(error)));
  const lost = new AbortController();
  const onCompromised = (cause: Error) => {
    lost.abort(
      setupError('TANDEM_SETUP_LOCK', {
        what: 'another set-up took over while this one did not run',
        where: directory,
        remedy: 'Run `tandem setup` again.',
        cause,
      }),
    );
  };
  for (let waited = false; ;) {
    signal?.throwIfAborted();
    try {
      const release = await lockfile.lock(directory, {
        stale: staleMs,
        lockfilePath: `${directory}/.lock`,
        onCompromised,
      });
      return { signal: lost.signal, release: () => release().catch(() => undefined) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw unusable(error);
      if (!waited) onWait();
      waited = true;
      await delay(RETRY_MS, signal);
    }
  }
}
