/** A file that is being written from its start. */
export interface WritableFile {
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when what was written outlasts a power cut. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * What writing checkpoints asks of a file system. Each method is one thing that a kill or a power cut may come before or
 * after; that is what its twin for tests counts. Errors are those of Node, with their `code` (ENOSPC, EIO, EROFS, …).
 */
export interface FileSystem {
  /** What a folder holds; nothing where there is no folder. */
  names(directory: string): Promise<string[]>;
  /** With all folders above it; nothing happens where it is there. */
  makeDirectory(directory: string): Promise<void>;
  /** Fails where the file is there. */
  create(file: string): Promise<WritableFile>;
  rename(from: string, to: string): Promise<void>;
  /** A file, or a folder with all it holds; not at once. Nothing happens where there is nothing. */
  remove(path: string): Promise<void>;
  /** Makes new names and renames in a folder outlast a power cut, where the file system lets a folder be synced. */
  syncDirectory(directory: string): Promise<void>;
}
