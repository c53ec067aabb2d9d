import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import type { FileSystem } from './file-system.js';

/** Codes of file systems that do not let a folder be synced: they need none, or have no way. */
const noDirectorySync = ['EINVAL', 'ENOTSUP', 'EPERM'];

/** The machine's own. */
export const nodeFileSystem: FileSystem = {
  async names(directory) {
    try {
      return await readdir(directory);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  },

  async makeDirectory(directory) {
    await mkdir(directory, { recursive: true });
  },

  async create(file) {
    const handle = await open(file, 'wx');
    return {
      // Unlike `write`, it goes on where the system took only part of it.
      write: (bytes) => handle.writeFile(bytes),
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  },

  rename,

  async remove(path) {
    await rm(path, { recursive: true, force: true });
  },

  async syncDirectory(directory) {
    const handle = await open(directory, 'r');
    try {
      await handle.sync();
    } catch (error) {
      if (!noDirectorySync.includes(codeOf(error) ?? '')) throw error;
    } finally {
      await handle.close();
    }
  },
};

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
