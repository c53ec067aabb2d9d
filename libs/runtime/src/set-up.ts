import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { buildBinding } from './build-binding.js';
import type { BindingReport } from './check-binding.js';
import { type Compiler, findCompiler } from './compiler.js';
import { requireDiskSpace } from './disk-space.js';
import { downloadWheel } from './download.js';
import { findLibtensorflow, type Libtensorflow } from './libtensorflow.js';
import { findPip } from './pip.js';
import type { Platform } from './platform.js';
import type { SetupProgress } from './progress.js';
import {
  BINDING,
  MANIFEST,
  type Manifest,
  type ProvisionedRuntime,
  readProvisioned,
  runtimesDirectory,
  SITE_PACKAGES,
} from './provisioned-runtime.js';
import type { CommandOptions } from './run-command.js';
import { customRuntime, type RuntimeIdentity, wheelRuntime } from './runtime-identity.js';
import { select, selected } from './selection.js';
import { takeSetupLock } from './setup-lock.js';
import { unpack, type UnpackedFile } from './unpack.js';
import { type Flavour, hasCudaBuild, isWanted, pipPlatformArguments, type Wheel } from './wheels.js';

/** A set-up's surroundings, so that a test can put others in their place. */
export interface SetUpContext {
  readonly cache: string;
  readonly platform: Platform;
  /** Of the commands that are run; its PATH is where they are looked for. */
  readonly environment: NodeJS.ProcessEnv;
  readonly lockStaleMs: number;
  readonly wheelsFor: (flavour: Flavour, platform: Platform) => readonly Wheel[];
  readonly freeBytes: (directory: string) => Promise<number>;
  readonly hasNvidiaDriver: () => boolean;
  readonly check: (binding: string, device: 'cpu' | 'gpu:0', options: CommandOptions) => Promise<BindingReport>;
  readonly onProgress: (progress: SetupProgress) => void;
  readonly signal: AbortSignal | undefined;
}

const STAGING = 'staging-';
const WHEELS = 'wheels';

/** One `tandem setup`. Everything is made in a staging folder, the manifest last, and appears by one rename. */
export class SetUp {
  readonly #context: SetUpContext;

  constructor(context: SetUpContext) {
    this.#context = context;
  }

  async run(flavour: Flavour | 'auto', libtensorflow: string | undefined): Promise<ProvisionedRuntime> {
    const { cache, platform, environment } = this.#context;
    const named = libtensorflow ?? (flavour === 'auto' ? environment['TANDEM_LIBTENSORFLOW'] : undefined);
    if (!named && flavour === 'auto') {
      const earlier = selected(cache, platform);
      if (earlier !== undefined) return earlier;
    }
    const library = named ? findLibtensorflow(named) : undefined;
    const identity = library ? customRuntime(library, platform) : wheelRuntime(this.#flavour(flavour), platform);
    const runtime = readProvisioned(cache, identity.key) ?? (await this.#provisionAlone(identity, library));
    select(cache, runtime);
    return runtime;
  }

  #flavour(flavour: Flavour | 'auto'): Flavour {
    if (flavour !== 'auto') return flavour;
    return hasCudaBuild(this.#context.platform) && this.#context.hasNvidiaDriver() ? 'cuda' : 'cpu';
  }

  async #provisionAlone(identity: RuntimeIdentity, library: Libtensorflow | undefined): Promise<ProvisionedRuntime> {
    const { cache, lockStaleMs, onProgress, signal } = this.#context;
    const directory = runtimesDirectory(cache);
    const onWait = () => onProgress({ phase: 'wait', message: 'waiting for another set-up to finish' });
    const lock = await takeSetupLock({ directory, staleMs: lockStaleMs, onWait, signal });
    const held = signal ? AbortSignal.any([signal, lock.signal]) : lock.signal;
    try {
      return readProvisioned(cache, identity.key) ?? (await this.#provision(identity, library, held));
    } finally {
      await lock.release();
    }
  }

  async #provision(
    identity: RuntimeIdentity,
    library: Libtensorflow | undefined,
    signal: AbortSignal,
  ): Promise<ProvisionedRuntime> {
    const { cache, environment, onProgress } = this.#context;
    const directory = runtimesDirectory(cache);
    await removeStaging(directory);
    const commands: CommandOptions = { environment, signal };
    const compiler = await findCompiler(commands);
    const staging = join(directory, `${STAGING}${randomUUID()}`);
    await mkdir(staging);
    try {
      const made = library ? { library, files: [] } : await this.#fetch(identity.flavour as Flavour, staging, commands);
      onProgress({ phase: 'build', message: 'building the TensorFlow.js binding' });
      const binding = join(staging, BINDING);
      const runPath = library
        ? library.libraryDirectory
        : `$ORIGIN/${relative(dirname(BINDING), join(SITE_PACKAGES, 'tensorflow'))}`;
      await buildBinding({ ...commands, compiler, library: made.library, output: binding, runPath });
      onProgress({ phase: 'check', message: 'trying it' });
      const report = await this.#context.check(binding, identity.flavour === 'cpu' ? 'cpu' : 'gpu:0', commands);
      const { size } = await stat(binding);
      const files = [...made.files, { path: BINDING, bytes: size }];
      await writeManifest(staging, { identity, library, compiler, files, tensorflowVersion: report.tensorflowVersion });
      signal.throwIfAborted();
      // What is there under this name is not whole, or it would have been used.
      await rm(join(directory, identity.key), { recursive: true, force: true });
      await rename(staging, join(directory, identity.key));
      await rm(join(directory, WHEELS), { recursive: true, force: true });
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
    return readProvisioned(cache, identity.key)!;
  }

  async #fetch(flavour: Flavour, staging: string, commands: CommandOptions) {
    const { cache, platform, onProgress } = this.#context;
    const wheels = this.#context.wheelsFor(flavour, platform);
    const pip = await findPip(commands);
    const wheelsDirectory = join(runtimesDirectory(cache), WHEELS);
    await mkdir(wheelsDirectory, { recursive: true });
    const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
    const downloadBytes = sum(wheels.map(({ bytes }) => bytes));
    const unpackedBytes = sum(wheels.map((wheel) => wheel.unpackedBytes));
    const kept = await sizeOfFiles(wheelsDirectory);
    const free = await this.#context.freeBytes(wheelsDirectory);
    requireDiskSpace(wheelsDirectory, Math.max(0, downloadBytes - kept) + unpackedBytes, free);

    const downloaded: string[] = [];
    let before = 0;
    for (const wheel of wheels) {
      const message = `downloading ${wheel.project} ${wheel.version}`;
      const onBytes = (bytes: number) =>
        onProgress({
          phase: 'download',
          message,
          bytes: before + Math.min(bytes, wheel.bytes),
          totalBytes: downloadBytes,
        });
      onBytes(0);
      const platformArguments = pipPlatformArguments(platform, flavour);
      const options = { ...commands, pip, platformArguments, wheelsDirectory, stagingDirectory: staging, onBytes };
      downloaded.push(await downloadWheel(wheel, options));
      before += wheel.bytes;
    }

    const site = join(staging, SITE_PACKAGES);
    const files: UnpackedFile[] = [];
    let unpacked = 0;
    for (const wheel of downloaded) {
      const onBytes = (bytes: number) => {
        unpacked += bytes;
        onProgress({
          phase: 'unpack',
          message: 'unpacking',
          bytes: Math.min(unpacked, unpackedBytes),
          totalBytes: unpackedBytes,
        });
      };
      files.push(...(await unpack(wheel, site, { wanted: isWanted, onBytes, signal: commands.signal })));
    }
    return {
      library: findLibtensorflow(join(site, 'tensorflow')),
      files: files.map(({ path, bytes }) => ({ path: join(SITE_PACKAGES, path), bytes })),
    };
  }
}

interface Made {
  readonly identity: RuntimeIdentity;
  readonly library: Libtensorflow | undefined;
  readonly compiler: Compiler;
  readonly files: Manifest['files'];
  readonly tensorflowVersion: string;
}

async function writeManifest(staging: string, made: Made): Promise<void> {
  const manifest: Manifest = {
    key: made.identity.key,
    flavour: made.identity.flavour,
    tensorflowVersion: made.tensorflowVersion,
    libraryDirectory: made.library?.libraryDirectory ?? join(SITE_PACKAGES, 'tensorflow'),
    compiler: made.compiler.version,
    provisionedAt: new Date().toISOString(),
    files: made.files,
  };
  await writeFile(join(staging, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`, { flush: true });
}

/** What set-ups that were killed have left: whoever holds the lock knows that nobody works there. */
async function removeStaging(directory: string): Promise<void> {
  for (const name of await readdir(directory))
    if (name.startsWith(STAGING)) await rm(join(directory, name), { recursive: true, force: true });
}

async function sizeOfFiles(directory: string): Promise<number> {
  const sizes = await Promise.all(
    (await readdir(directory)).map(async (name) => (await stat(join(directory, name))).size),
  );
  return sizes.reduce((total, size) => total + size, 0);
}
