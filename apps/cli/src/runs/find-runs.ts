import { type Dirent, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { configFile, metricsFile, runRecordFile } from '@tandem/coordinator';
import { ConfigurationError } from '@tandem/core';

/** Run directories are looked for so many folders deep. */
const DEPTH = 4;

export function isRunDirectory(directory: string): boolean {
  return [runRecordFile(directory), configFile(directory), metricsFile(directory)].some((file) => existsSync(file));
}

/**
 * The run directories in a folder, by name; those within run directories are not looked for. Throws a ConfigurationError
 * (`TANDEM_RUNS_NOT_FOUND`) where the folder cannot be read.
 */
export function findRuns(folder: string): string[] {
  return search(entriesOf(folder), folder, DEPTH);
}

function search(entries: readonly Dirent[], folder: string, depth: number): string[] {
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .map(({ name }) => join(folder, name))
    .sort()
    .flatMap((directory) => {
      if (isRunDirectory(directory)) return [directory];
      return depth > 1 ? search(readable(directory), directory, depth - 1) : [];
    });
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    throw runsNotFound(folder, 'the folder cannot be read', cause);
  }
}

/** What may not be looked into has no runs to show. */
function readable(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

export function runsNotFound(where: string, what: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_RUNS_NOT_FOUND',
    what,
    where,
    expected: 'what `tandem run --out` has made, or a folder with several of them',
    cause,
  });
}
