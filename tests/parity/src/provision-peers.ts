import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDirectory } from '@tandem/core';
import { runToEnd } from './run-to-end.js';

export const peersFolder = join(import.meta.dirname, '../peers');

const INSTALL_TIMEOUT_MS = 1_800_000;

/** Where the environment is, whether it is there or not: it is named for its requirements. */
function environment(): string {
  const digest = createHash('sha256')
    .update(readFileSync(join(peersFolder, 'requirements.txt')))
    .digest('hex')
    .slice(0, 12);
  return join(cacheDirectory(), 'parity', digest);
}

/** The Python that has the peer frameworks, if they have been provisioned. */
export function installedPeers(): string | undefined {
  // An environment cannot be moved once made, so it is not renamed into place: a file that is written last says that it is whole.
  return existsSync(join(environment(), 'ready')) ? join(environment(), 'bin/python') : undefined;
}

/**
 * The Python that has the peer frameworks: a virtual environment in Tandem's cache, made on the first call (about 7 GB on
 * disk). `TANDEM_PYTHON` names the Python to make it with.
 */
export function provisionPeers(): string {
  const installed = installedPeers();
  if (installed !== undefined) return installed;
  const target = environment();
  const python = join(target, 'bin/python');
  process.stderr.write(`installing the peer frameworks in ${target}\n`);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(dirname(target), { recursive: true });
  const limit = { timeoutMs: INSTALL_TIMEOUT_MS };
  runToEnd(process.env['TANDEM_PYTHON'] ?? 'python3', ['-m', 'venv', target], limit);
  const quietly = ['--quiet', '--disable-pip-version-check', '--no-cache-dir'];
  runToEnd(python, ['-m', 'pip', 'install', ...quietly, '-r', join(peersFolder, 'requirements.txt')], limit);
  writeFileSync(join(target, 'ready'), '');
  return python;
}
