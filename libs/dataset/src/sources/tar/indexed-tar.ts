import { cachedIndex } from './cached-index.js';
import { listTar, type TarListing } from './list-tar.js';
import { PositionalReader } from './positional-reader.js';

/** `listTar` of an archive, kept on this machine. */
export function indexedTar(path: string): Promise<TarListing> {
  return cachedIndex(path, 'members, 1', () => withReader(path, listTar));
}

/** Opens the archive for `work` and closes it, whatever comes of it. */
export async function withReader<T>(path: string, work: (reader: PositionalReader) => Promise<T>): Promise<T> {
  const reader = await PositionalReader.open(path);
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}
