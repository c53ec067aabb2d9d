import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cacheDirectory } from './cache-directory.js';

it.each([
  [{ TANDEM_CACHE: '/c', XDG_CACHE_HOME: '/x' }, '/c'],
  [{ XDG_CACHE_HOME: '/x' }, '/x/tandem'],
  [{ TANDEM_CACHE: '', XDG_CACHE_HOME: '' }, join(homedir(), '.cache/tandem')],
])('the cache of %o is %s', (environment, directory) => {
  expect(cacheDirectory(environment)).toBe(directory);
});
