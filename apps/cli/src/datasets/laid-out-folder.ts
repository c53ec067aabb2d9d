import { promises as fs } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { ConfigurationError, isProcessAlive } from '@tandem/core';

/** What `manifest.json` in a data set's folder says: it is written last, so a folder that has one is whole. */
export interface DataManifest {
  readonly dataset: string;
  readonly version: string;
  /** How the files are laid out: another number means another layout of the same version. */
  readonly layout: number;
  readonly licence: string;
  readonly files: number;
  readonly bytes: number;
  /** Images for each class of each part, such as `train/defective`. */
  readonly counts: Readonly<Record<string, number>>;
}

export type DataIdentity = Pick<DataManifest, 'dataset' | 'version' | 'layout' | 'licence'>;

export interface LaidOut {
  readonly manifest: DataManifest;
  /** It was there already, whole. */
  readonly found: boolean;
}

const MANIFEST = 'manifest.json';

/**
 * Makes `directory` hold the data set, if it does not already. `build` fills a folder beside it, which takes its place by one
 * rename when it is complete; of what a killed process left nothing is trusted, and it is removed by the next one. Throws a
 * ConfigurationError (`TANDEM_DATA_OCCUPIED`) if something else is there.
 */
export async function layOut(
  directory: string,
  identity: DataIdentity,
  build: (folder: string) => Promise<Readonly<Record<string, number>>>,
): Promise<LaidOut> {
  const target = resolve(directory);
  const ours = await readManifest(target);
  if (ours !== undefined && (await isWhole(target, ours, identity))) return { manifest: ours, found: true };
  if (ours === undefined) await requireFree(target);
  await fs.mkdir(dirname(target), { recursive: true });
  const prefix = `${basename(target)}.partial-${hostname()}-`;
  await removeLeftovers(dirname(target), prefix);
  const partial = join(dirname(target), `${prefix}${process.pid}`);
  await fs.rm(partial, { recursive: true, force: true });
  try {
    await fs.mkdir(partial);
    const counts = await build(partial);
    const manifest: DataManifest = { ...identity, ...(await measure(partial)), counts };
    await fs.writeFile(join(partial, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
    if (ours !== undefined) await fs.rm(target, { recursive: true, force: true });
    await fs.rename(partial, target).catch(async (error: unknown) => {
      // Another process may have laid out the same meanwhile.
      const theirs = await readManifest(target);
      if (theirs === undefined || !(await isWhole(target, theirs, identity))) throw error;
    });
    return { manifest, found: false };
  } finally {
    await fs.rm(partial, { recursive: true, force: true });
  }
}

async function readManifest(folder: string): Promise<DataManifest | undefined> {
  try {
    const manifest = JSON.parse(await fs.readFile(join(folder, MANIFEST), 'utf8')) as DataManifest;
    return typeof manifest.dataset === 'string' && typeof manifest.counts === 'object' ? manifest : undefined;
  } catch {
    return undefined;
  }
}

async function isWhole(folder: string, manifest: DataManifest, identity: DataIdentity): Promise<boolean> {
  const { dataset, version, layout } = identity;
  if (manifest.dataset !== dataset || manifest.version !== version || manifest.layout !== layout) return false;
  const { files, bytes } = await measure(folder);
  return files === manifest.files && bytes === manifest.bytes;
}

/** The files below a folder, its manifest left out. */
async function measure(folder: string): Promise<Pick<DataManifest, 'files' | 'bytes'>> {
  let files = 0;
  let bytes = 0;
  for (const name of await fs.readdir(folder, { recursive: true })) {
    const found = await fs.stat(join(folder, name));
    if (!found.isFile() || name === MANIFEST) continue;
    files++;
    bytes += found.size;
  }
  return { files, bytes };
}

async function requireFree(target: string): Promise<void> {
  const names = await fs.readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw occupied(target, 'is not a folder that can be read', error);
  });
  if (names.length > 0) throw occupied(target, `has ${names.length} entries that Tandem did not put there`);
}

function occupied(target: string, what: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_DATA_OCCUPIED',
    what: `the folder for the data set ${what}`,
    where: target,
    expected: 'a folder that does not exist, is empty, or holds this data set',
    remedy: 'Name another folder, or move this one away.',
    cause,
  });
}

/** Removes what processes of this machine that no longer live left behind. */
async function removeLeftovers(parent: string, prefix: string): Promise<void> {
  for (const name of await fs.readdir(parent))
    if (name.startsWith(prefix) && !isProcessAlive(Number(name.slice(prefix.length))))
      await fs.rm(join(parent, name), { recursive: true, force: true });
}
