import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileSystem } from './files/file-system.js';
import { nodeFileSystem } from './files/node-file-system.js';

export const modelFile = 'model.safetensors';
export const optimizerFile = 'optimizer.safetensors';
export const manifestFile = 'manifest.json';

const finished = /^step-(\d{8,})$/;
const unfinished = /^\.(?:writing|removing)-step-\d{8,}$/;
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
export async function listCheckpoints(
  runDirectory: string,
  files: FileSystem = nodeFileSystem,
): Promise<CheckpointEntry[]> {
  const directory = checkpointsDirectory(runDirectory);
  return (await files.names(directory))
    .flatMap((name) => {
      const match = finished.exec(name);
      return match === null ? [] : [{ step: Number(match[1]), directory: join(directory, name) }];
    })
    .sort((a, b) => a.step - b.step);
}

/**
 * Clears what a killed write or removal left behind. Call it before the first write of a process, with no other writer about.
 */
export async function removeLeftovers(runDirectory: string, files: FileSystem = nodeFileSystem): Promise<void> {
  const directory = checkpointsDirectory(runDirectory);
  const names = await files.names(directory);
  for (const name of names) {
    if (unfinished.test(name)) await files.remove(join(directory, name));
    const old = replaced.exec(name)?.[1];
    if (old === undefined) continue;
    if (names.includes(old)) await files.remove(join(directory, name));
    else await files.rename(join(directory, name), join(directory, old));
  }
}

/** Removes a finished checkpoint; killed half-way, nothing is left that looks like one. */
export async function removeCheckpoint(
  runDirectory: string,
  step: number,
  files: FileSystem = nodeFileSystem,
): Promise<void> {
  const directory = checkpointsDirectory(runDirectory);
  const name = checkpointName(step);
  const removing = join(directory, `.removing-${name}`);
  await files.remove(removing);
  await files.rename(join(directory, name), removing);
  // Else a power cut could keep the name and lose the files.
  await files.syncDirectory(directory);
  await files.remove(removing);
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
  files: FileSystem,
): Promise<{ path: string; commit(): Promise<string> }> {
  const directory = checkpointsDirectory(runDirectory);
  const name = checkpointName(step);
  const path = join(directory, `.writing-${name}`);
  await files.remove(path);
  await files.makeDirectory(path);
  return {
    path,
    async commit() {
      const target = join(directory, name);
      const old = join(directory, `.replaced-${name}`);
      await files.syncDirectory(path);
      // A folder cannot be renamed over another: the old one steps aside, and removeLeftovers undoes that after a kill.
      const replaces = (await files.names(directory)).includes(name);
      if (replaces) {
        await files.remove(old);
        await files.rename(target, old);
      }
      await files.rename(path, target);
      await files.syncDirectory(directory);
      // The first checkpoint of a run makes the folder of all.
      await files.syncDirectory(runDirectory);
      if (replaces) await files.remove(old);
      return target;
    },
  };
}
