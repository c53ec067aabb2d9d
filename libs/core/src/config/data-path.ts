import { dirname, isAbsolute, resolve } from 'node:path';

/** `path` if it exists from the working directory or is absolute; else the same beside the configuration file. */
export function resolveDataPath(
  path: string,
  configFile: string | undefined,
  exists: (path: string) => boolean,
): string {
  const here = resolve(path);
  if (isAbsolute(path) || configFile === undefined || exists(here)) return here;
  const beside = resolve(dirname(configFile), path);
  return exists(beside) ? beside : here;
}
