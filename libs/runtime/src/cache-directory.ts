import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where Tandem keeps what it fetched: `TANDEM_CACHE`, else `$XDG_CACHE_HOME/tandem`, else `~/.cache/tandem`. Absolute. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const { TANDEM_CACHE, XDG_CACHE_HOME } = environment;
  if (TANDEM_CACHE) return resolve(TANDEM_CACHE);
  return join(XDG_CACHE_HOME ? resolve(XDG_CACHE_HOME) : join(environment['HOME'] || homedir(), '.cache'), 'tandem');
}
