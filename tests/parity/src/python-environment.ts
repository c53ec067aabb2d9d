import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDirectory } from '@tandem/core';
import { runToEnd } from './run-to-end.js';

const INSTALL_TIMEOUT_MS = 1_800_000;

/** A virtual environment of Python's in Tandem's cache, named for its requirements. */
export class PythonEnvironment {
  readonly #folder: string;
  readonly #requirements: string;

  /**
   * @param name of the folder in the cache that environments of this kind are in
   * @param requirements the file that says what is in it
   */
  constructor(name: string, requirements: string) {
    const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
    this.#folder = join(cacheDirectory(), name, digest);
    this.#requirements = requirements;
  }

  /** Its Python, if it has been provisioned. */
  get installed(): string | undefined {
    // An environment cannot be moved once made, so it is not renamed into place: a file that is written last says that it is whole.
    return existsSync(join(this.#folder, 'ready')) ? join(this.#folder, 'bin/python') : undefined;
  }

  /** Its Python; made on the first call, with the one that `TANDEM_PYTHON` names. */
  provision(): string {
    if (this.installed !== undefined) return this.installed;
    const python = join(this.#folder, 'bin/python');
    process.stderr.write(`installing ${this.#requirements} in ${this.#folder}\n`);
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(dirname(this.#folder), { recursive: true });
    const limit = { timeoutMs: INSTALL_TIMEOUT_MS };
    runToEnd(process.env['TANDEM_PYTHON'] ?? 'python3', ['-m', 'venv', this.#folder], limit);
    const quietly = ['--quiet', '--disable-pip-version-check', '--no-cache-dir'];
    runToEnd(python, ['-m', 'pip', 'install', ...quietly, '-r', this.#requirements], limit);
    writeFileSync(join(this.#folder, 'ready'), '');
    return python;
  }
}
