import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where Tandem keeps what it can make again, outside any checkout: `TANDEM_CACHE`, or `tandem` under `XDG_CACHE_HOME`
 * (default `~/.cache`).
 */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const { TANDEM_CACHE: own, XDG_CACHE_HOME: base } = environment;
  if (own !== undefined && own !== '') return resolve(own);
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'tandem');
}
