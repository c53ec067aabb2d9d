import { createHash, randomUUID } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { cacheDirectory } from '@tandem/core';

/**
 * What `make` finds out about an archive, kept on this machine until its size or modification time change. `rule` names the
 * kind of index and its version. The value is plain data; a broken cache file is made again, and one that cannot be written
 * is done without.
 */
export async function cachedIndex<T>(archive: string, rule: string, make: () => Promise<T>): Promise<T> {
  const { size, mtimeMs } = await fs.stat(archive);
  const key = sha256(JSON.stringify([rule, resolve(archive), size, mtimeMs]));
  const file = join(cacheDirectory(), 'tar-indexes', `${key}.json`);
  const known = await readWhole(file);
  if (known !== undefined) return JSON.parse(known) as T;
  const index = await make();
  await writeWhole(file, JSON.stringify(index)).catch(() => undefined);
  return index;
}

/** The first line is the digest of the rest. */
async function readWhole(file: string): Promise<string | undefined> {
  const text = await fs.readFile(file, 'utf8').catch(() => '');
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  return end > 0 && text.slice(0, end) === sha256(body) ? body : undefined;
}

async function writeWhole(file: string, body: string): Promise<void> {
  await fs.mkdir(dirname(file), { recursive: true });
  const partial = `${file}.${randomUUID()}.partial`;
  try {
    await fs.writeFile(partial, `${sha256(body)}\n${body}`);
    await fs.rename(partial, file);
  } catch (error) {
    await fs.rm(partial, { force: true });
    throw error;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
