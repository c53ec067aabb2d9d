import { basename } from 'node:path';
import { bounded } from '../../stream/bounded.js';
import { type ImageStore, StoredImages } from '../stored-images.js';
import { cachedIndex } from '../tar/cached-index.js';
import { withReader } from '../tar/indexed-tar.js';
import { findShards } from './find-shards.js';
import { indexShard } from './index-shard.js';

const SHARDS_AT_ONCE = 4;

/**
 * Tar shards as of WebDataset: any sample can be read at once, by an index of each shard that is made once a machine. Classes are
 * numbers, up to the highest label. Throws a ConfigurationError that names the shard.
 */
export async function openWebDataset(path: string): Promise<StoredImages> {
  const stores: ImageStore[] = [];
  let ignoredFiles = 0;
  await bounded(findShards(path), SHARDS_AT_ONCE, async (shard, at) => {
    const { images, ignored } = await cachedIndex(shard, 'samples, 1', () => withReader(shard, indexShard));
    stores[at] = { path: shard, key: basename(shard), images };
    ignoredFiles += ignored;
  });
  const highest = stores.reduce(
    (most, { images }) => images.reduce((high, { label }) => Math.max(high, label), most),
    0,
  );
  const classes = Array.from({ length: highest + 1 }, (_, label) => String(label));
  return new StoredImages({ format: 'webdataset', path, classes, ignoredFiles, stores });
}
