import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setupError } from './errors.js';
import { type CommandOptions, runCommand } from './run-command.js';
import type { Wheel } from './wheels.js';

const POLL_MS = 250;

export interface DownloadOptions extends CommandOptions {
  readonly pip: readonly [string, ...string[]];
  readonly platformArguments: readonly string[];
  /** Where verified wheels are kept until the set-up is finished, so that one that was cut off goes on from there. */
  readonly wheelsDirectory: string;
  /** Where the download in progress is, on the same file system. */
  readonly stagingDirectory: string;
  readonly onBytes: (bytes: number) => void;
}

/** A wheel's file, whose SHA-256 was computed just now and is the pinned one. Throws `TANDEM_SETUP_DOWNLOAD`, `TANDEM_SETUP_CHECKSUM`. */
export async function downloadWheel(wheel: Wheel, options: DownloadOptions): Promise<string> {
  const kept = join(options.wheelsDirectory, `${wheel.project}-${wheel.sha256.slice(0, 16)}.whl`);
  if ((await sizeOf(kept)) === wheel.bytes && (await sha256(kept, options.signal)) === wheel.sha256) {
    options.onBytes(wheel.bytes);
    return kept;
  }
  await rm(kept, { force: true });
  const folder = join(options.stagingDirectory, wheel.project);
  const temporary = join(folder, 'tmp');
  await mkdir(temporary, { recursive: true });
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `${wheel.project}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  const destination = join(folder, 'done');
  const watch = watchSize(folder, options.onBytes);
  const [python, ...pip] = options.pip;
  // No cache of pip's own: it would hold a second copy, and some releases read the whole file into memory for it.
  const result = await runCommand(
    python,
    [
      ...[...pip, 'download', '--no-deps', '--only-binary=:all:', '--require-hashes', '--no-cache-dir', '--no-input'],
      ...[
        '--disable-pip-version-check',
        '--progress-bar',
        'off',
        ...options.platformArguments,
        '--dest',
        destination,
        '-r',
        requirements,
      ],
    ],
    { ...options, environment: { ...options.environment, TMPDIR: temporary, PIP_REQUIRE_VIRTUALENV: '0' } },
  ).finally(watch.stop);
  const [file] = result.status === 0 ? (await readdir(destination)).filter((name) => name.endsWith('.whl')) : [];
  const where = `${wheel.project}==${wheel.version}`;
  if (file === undefined)
    throw setupError('TANDEM_SETUP_DOWNLOAD', {
      what: `pip could not download it (exit status ${result.status}); its last lines:\n${result.lastLines}\n`,
      where,
      remedy:
        'Check the network, or pip’s index and proxy (pip config list), and run `tandem setup` again: what is complete is kept.',
    });
  const actual = await sha256(join(destination, file), options.signal);
  if (actual !== wheel.sha256)
    throw setupError('TANDEM_SETUP_CHECKSUM', {
      what: `the downloaded file has SHA-256 ${actual}`,
      where,
      expected: wheel.sha256,
      remedy: 'The index or a proxy serves another file under this name: use the Python package index itself.',
    });
  await rename(join(destination, file), kept);
  await rm(folder, { recursive: true, force: true });
  options.onBytes(wheel.bytes);
  return kept;
}

/** Reports how much is in `folder` as it grows: no release of pip older than 24 shows progress in a pipe. */
function watchSize(folder: string, onBytes: (bytes: number) => void): { stop: () => void } {
  const timer = setInterval(() => {
    sizeOfTree(folder).then(onBytes, () => undefined);
  }, POLL_MS);
  return { stop: () => clearInterval(timer) };
}

async function sizeOfTree(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const sizes = await Promise.all(entries.filter((e) => e.isFile()).map((e) => sizeOf(join(e.parentPath, e.name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

async function sha256(file: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest('hex');
}
