import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ConfigurationError } from '@tandem/core';
import { minimatch } from 'minimatch';
import { byCodePoint } from '../code-point-order.js';

const LAYOUT = 'a folder of tar shards, a glob (shard-*.tar) or braces (shard-{000000..000146}.tar)';
const WILDCARD = /[*?[]/;

/**
 * The shards that a path names, in code-point order: a folder's `.tar` files, one file, or those of a pattern with braces
 * anywhere and wildcards in the file name. Throws a ConfigurationError (`TANDEM_DATA_MISSING`) that names a shard of the
 * braces that is not there, or says that nothing fits.
 */
export function findShards(path: string): string[] {
  if (existsSync(path)) {
    if (!statSync(path).isDirectory()) return [path];
    return someOf(path, matching(path, '*.tar'));
  }
  const shards = minimatch.braceExpand(path).flatMap((pattern) => {
    if (WILDCARD.test(basename(pattern))) return matching(dirname(pattern), basename(pattern));
    if (existsSync(pattern)) return [pattern];
    throw missing(path, pattern === path ? 'it does not exist' : `${pattern} does not exist`);
  });
  return someOf(path, [...new Set(shards)]);
}

/** Whether there is what the path or pattern begins with: for telling where it was meant from. */
export function shardsAreAt(path: string): boolean {
  return (
    existsSync(path) || (/[*?[{]/.test(path) && minimatch.braceExpand(path).some((one) => existsSync(dirname(one))))
  );
}

function matching(folder: string, pattern: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => minimatch(name, pattern)).map((name) => join(folder, name));
}

function someOf(path: string, shards: readonly string[]): string[] {
  if (shards.length === 0) throw missing(path, 'there are no shards');
  return [...shards].sort(byCodePoint);
}

function missing(path: string, what: string): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_DATA_MISSING',
    what,
    where: path,
    expected: LAYOUT,
    remedy: 'Check data.train and data.eval.',
  });
}
