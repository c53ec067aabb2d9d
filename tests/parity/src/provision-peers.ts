import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '@tandem/core';
import { runToEnd } from './run-to-end.js';

export const peersFolder = join(import.meta.dirname, '../peers');

const INSTALL_TIMEOUT_MS = 1_800_000;

/**
 * The Python that has the peer frameworks: a virtual environment in Tandem's cache, named for its requirements and made on
 * the first call (about 7 GB on disk). `TANDEM_PYTHON` names the Python to make it with.
 */
export function provisionPeers(): string {
  const requirements = join(peersFolder, 'requirements.txt');
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const parent = join(cacheDirectory(), 'parity');
  const environment = join(parent, digest);
  const python = join(environment, 'bin/python');
  // It cannot be moved once made, so it is not renamed into place: a file that is written last says that it is whole.
  const ready = join(environment, 'ready');
  if (existsSync(ready)) return python;
  process.stderr.write(`installing the peer frameworks in ${environment}\n`);
  rmSync(environment, { recursive: true, force: true });
  mkdirSync(parent, { recursive: true });
  const limit = { timeoutMs: INSTALL_TIMEOUT_MS };
  runToEnd(process.env['TANDEM_PYTHON'] ?? 'python3', ['-m', 'venv', environment], limit);
  const quietly = ['--quiet', '--disable-pip-version-check', '--no-cache-dir'];
  runToEnd(python, ['-m', 'pip', 'install', ...quietly, '-r', requirements], limit);
  writeFileSync(ready, '');
  return python;
}
