import { type Dirent, promises as fs } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '@tandem/core';

/** Names that are taken for images. */
export const IMAGE_NAME = /\.(jpe?g|png)$/i;

/**
 * The entries of a folder, hidden ones left out: editors and notebooks leave such folders behind. Throws a ConfigurationError
 * (`TANDEM_DATA_MISSING`, `TANDEM_DATA_UNREADABLE`) that says what layout is expected there.
 */
export async function listFolder(folder: string, layout: string): Promise<Dirent[]> {
  try {
    return (await fs.readdir(folder, { withFileTypes: true })).filter(({ name }) => !name.startsWith('.'));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new ConfigurationError({
      code: missing ? 'TANDEM_DATA_MISSING' : 'TANDEM_DATA_UNREADABLE',
      what: missing ? 'the data folder does not exist' : 'the data folder cannot be read',
      where: folder,
      expected: layout,
      remedy: 'Check data.train and data.eval; `tandem data` fetches data sets.',
      cause,
    });
  }
}

/** Links are followed: large data sets are often put together from them. */
export async function isFolder(parent: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return fs.stat(join(parent, entry.name)).then(
    (target) => target.isDirectory(),
    () => false,
  );
}
