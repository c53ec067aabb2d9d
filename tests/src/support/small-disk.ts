import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A run directory whose checkpoints can be made to fail, and to work again. */
export interface TroubledDisk {
  readonly run: string;
  /** What the failure is called. */
  readonly symptom: RegExp;
  begin(): void;
  end(): void;
  remove(): void;
}

/**
 * A real file system of 24 MB in memory that is filled up, where this process may mount one (root may, mostly); else a file
 * in the place of the folder of checkpoints.
 */
export function troubledDisk(folder: string): TroubledDisk {
  mkdirSync(folder, { recursive: true });
  const run = join(folder, 'run');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tandem-test', folder], { stdio: 'ignore' });
  } catch {
    return withFileInTheWay(run);
  }
  const filler = join(folder, 'filler');
  return {
    run,
    symptom: /ENOSPC/,
    begin: () => {
      // Whoever else writes meanwhile takes its part of the last bytes.
      for (let left = freeBytes(folder); left > 0; left = freeBytes(folder)) writePart(filler, left);
    },
    end: () => rmSync(filler),
    remove: () => execFileSync('umount', ['--lazy', folder]),
  };
}

function withFileInTheWay(run: string): TroubledDisk {
  const [checkpoints, away] = [join(run, 'checkpoints'), join(run, 'checkpoints.away')];
  return {
    run,
    symptom: /ENOTDIR|EEXIST/,
    begin: () => {
      renameSync(checkpoints, away);
      writeFileSync(checkpoints, '');
    },
    end: () => {
      rmSync(checkpoints);
      renameSync(away, checkpoints);
    },
    remove: () => undefined,
  };
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function writePart(file: string, bytes: number): void {
  try {
    writeFileSync(file, Buffer.alloc(bytes), { flag: 'a' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
