import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '@tandem/core';

/**
 * Writes files that only their owner may read, each whole or not at all, into a folder that only its owner may enter. Throws
 * a ConfigurationError before anything is written where one is there already: `TANDEM_CERTS_EXISTS`; or `TANDEM_CERTS_WRITE`.
 */
export function writePrivately(folder: string, files: Readonly<Record<string, string>>, force: boolean): void {
  const there = Object.keys(files).find((name) => existsSync(join(folder, name)));
  if (there !== undefined && !force)
    throw new ConfigurationError({
      code: 'TANDEM_CERTS_EXISTS',
      what: `${join(folder, there)} is there already`,
      remedy: 'Nothing was overwritten. Choose another folder or name, or replace it with --force.',
    });
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const [name, content] of Object.entries(files)) {
      const file = join(folder, name);
      // A file that is there keeps its mode when it is written to: hence a new one.
      rmSync(`${file}.writing`, { force: true });
      writeFileSync(`${file}.writing`, content, { mode: 0o600, flag: 'wx' });
      renameSync(`${file}.writing`, file);
    }
  } catch (cause) {
    throw new ConfigurationError({
      code: 'TANDEM_CERTS_WRITE',
      what: 'the certificates cannot be written',
      where: folder,
      remedy: 'Choose a folder that can be written to.',
      cause,
    });
  }
}
