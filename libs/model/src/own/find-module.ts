import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { ownNetworkError } from './errors.js';

/** Whether `model.module` is a path, not a package's name. */
function isPath(specifier: string): boolean {
  return isAbsolute(specifier) || /^\.\.?\//.test(specifier);
}

/** The file that `model.module` names from `folder`, or undefined. Links are followed. */
export function locateModule(specifier: string, folder: string): string | undefined {
  try {
    const base = resolve(folder);
    return realpathSync(
      isPath(specifier) ? resolve(base, specifier) : createRequire(join(base, 'network.js')).resolve(specifier),
    );
  } catch {
    return undefined;
  }
}

/**
 * The file that `model.module` names. A configuration comes over the network, and a checkpoint from anywhere: their code is
 * loaded from the folder that a person has named with `--modules` only, or is a package that is installed for it. Throws
 * ConfigurationErrors (`TANDEM_MODEL_REFUSED`, `TANDEM_MODEL_MODULE`).
 */
export function findModule(specifier: string, folder: string | undefined): string {
  const where = `model.module ${specifier}`;
  if (folder === undefined)
    throw ownNetworkError('TANDEM_MODEL_REFUSED', {
      what: 'the configuration asks for code of its own, and nobody here has allowed any',
      where,
      remedy: 'Name the folder that it may be loaded from with --modules DIR, if you trust what is in it.',
    });
  const file = locateModule(specifier, folder);
  if (file === undefined)
    throw ownNetworkError('TANDEM_MODEL_MODULE', {
      what: `there is no such module from ${resolve(folder)}`,
      where,
      expected: 'a path that begins with ./, or the name of a package that is installed there',
      remedy: 'Put the same code on every machine, and name its folder with --modules.',
    });
  const way = relative(realpathSync(folder), file);
  if (isPath(specifier) && (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)))
    throw ownNetworkError('TANDEM_MODEL_REFUSED', {
      what: `it is ${file}, which is not in ${resolve(folder)}`,
      where,
      remedy: 'Code is loaded from the folder of --modules only: put it there, or name another.',
    });
  return file;
}
