import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { ConfigurationError, type RunConfig } from '@tandem/core';

/**
 * The folders of the data come from the coordinator; whoever says `--data-root` wants none from elsewhere. Throws a
 * ConfigurationError (`TANDEM_DATA_OUTSIDE`) that names the key.
 */
export function confineData({ data }: Pick<RunConfig, 'data'>, root: string | undefined): void {
  if (root === undefined) return;
  const inside = realPath(root);
  for (const key of ['train', 'eval'] as const) {
    const path = data[key];
    if (path === undefined) continue;
    const way = relative(inside, realPath(path));
    if (way !== '..' && !way.startsWith(`..${sep}`)) continue;
    throw new ConfigurationError({
      code: 'TANDEM_DATA_OUTSIDE',
      what: `data.${key} is ${path}, which is not in ${root}`,
      where: 'the coordinator’s configuration',
      remedy: 'This worker reads data in --data-root only: put the data there, or name another.',
      context: { key: `data.${key}`, root },
    });
  }
}

/** Links followed, as far as the path exists. */
function realPath(path: string): string {
  const absolute = resolve(path);
  if (existsSync(absolute)) return realpathSync(absolute);
  const parent = dirname(absolute);
  return parent === absolute ? absolute : join(realPath(parent), absolute.slice(parent.length));
}
