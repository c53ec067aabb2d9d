import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

export const modelFile = 'model.safetensors';
export const optimizerFile = 'optimizer.safetensors';
export const manifestFile = 'manifest.json';

const finished = /^step-(\d{8,})$/;
const writing = /^\.writing-(step-\d{8,})$/;
const replaced = /^\.replaced-(step-\d{8,})$/;

export function checkpointsDirectory(runDirectory: string): string {
  return join(runDirectory, 'checkpoints');
}

/** `step-00000120`. */
export function checkpointName(step: number): string {
  return `step-${String(step).padStart(8, '0')}`;
}

export interface CheckpointEntry {
  readonly step: number;
  readonly directory: string;
}

/** The finished checkpoints of a run by ascending step; not verified. */
export async function listCheckpoints(runDirectory: string): Promise<CheckpointEntry[]> {
  const directory = checkpointsDirectory(runDirectory);
  return (await namesIn(directory))
    .flatMap((name) => {
      const match = finished.exec(name);
      return match === null ? [] : [{ step: Number(match[1]), directory: join(directory, name) }];
    })
    .sort((a, b) => a.step - b.step);
}

/** Clears what a killed write left behind. Call it before the first write of a process, with no other writer about. */
export async function removeLeftovers(runDirectory: string): Promise<void> {
  const directory = checkpointsDirectory(runDirectory);
  const names = await namesIn(directory);
  for (const name of names) {
    if (writing.test(name)) await rm(join(directory, name), { recursive: true, force: true });
    const old = replaced.exec(name)?.[1];
    if (old === undefined) continue;
    if (names.includes(old)) await rm(join(directory, name), { recursive: true, force: true });
    else await rename(join(directory, name), join(directory, old));
  }
}

/** Renames a broken checkpoint, so that it is neither offered nor counted among those kept. Returns its new name. */
export async function setAside(directory: string): Promise<string> {
  const aside = `${directory}.broken`;
  await rm(aside, { recursive: true, force: true });
  await rename(directory, aside);
  return aside;
}

/** A folder to write a checkpoint in, and the step that makes it one. */
export async function beginDirectory(
  runDirectory: string,
  step: number,
): Promise<{ path: string; commit(): Promise<string> }> {
  const directory = checkpointsDirectory(runDirectory);
  const name = checkpointName(step);
  const path = join(directory, `.writing-${name}`);
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true });
  return {
    path,
    async commit() {
      const target = join(directory, name);
      const old = join(directory, `.replaced-${name}`);
      await syncDirectory(path);
      // A folder cannot be renamed over another: the old one steps aside, and removeLeftovers undoes that after a kill.
      const replaces = (await namesIn(directory)).includes(name);
      if (replaces) {
        await rm(old, { recursive: true, force: true });
        await rename(target, old);
      }
      await rename(path, target);
      await syncDirectory(directory);
      if (replaces) await rm(old, { recursive: true, force: true });
      return target;
    },
  };
}

/** Makes renames and new files in a folder last through a power cut, where the file system lets a folder be synced. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
