import { createReadStream } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Compiler } from './compiler.js';
import { setupError } from './errors.js';
import type { Libtensorflow } from './libtensorflow.js';
import { type CommandOptions, runCommand } from './run-command.js';
import { tfjsNode } from './versions.js';

export interface BuildOptions extends CommandOptions {
  readonly compiler: Compiler;
  readonly library: Libtensorflow;
  /** The addon's file. */
  readonly output: string;
  /** Where the addon finds the libraries when it is loaded: absolute, or from `$ORIGIN`, which survives a move of both. */
  readonly runPath: string;
}

const NAPI_VERSION = 8;

/** Of our kernels: the same bits whatever vectors the processor has, so no contracted multiply-adds; square roots set no errno. */
const EXACT_FLOATS = ['-ffp-contract=off', '-fno-math-errno'];

/**
 * Builds the TensorFlow.js addon, and Tandem's own kernels in it, against `library`. It is N-API 8, whose headers come from a package, so one build serves every
 * release of Node. Throws `TANDEM_SETUP_COMPILE`.
 */
export async function buildBinding(options: BuildOptions): Promise<void> {
  const { compiler, library, output, runPath } = options;
  const require = createRequire(import.meta.url);
  const napi = (require('node-api-headers') as { include_dir: string }).include_dir;
  const sources = join(tfjsNode().directory, 'binding');
  const units = (await readdir(sources)).filter((name) => name.endsWith('.cc')).map((name) => join(sources, name));
  const own = await ownSources();
  const symbol = await minLogLevelSymbol(library, options.signal);
  await mkdir(dirname(output), { recursive: true });
  const result = await runCommand(
    compiler.command,
    [
      ...['-shared', '-fPIC', '-O3', '-std=c++17', '-fno-exceptions', '-fno-rtti', `-DNAPI_VERSION=${NAPI_VERSION}`],
      ...EXACT_FLOATS,
      ...(symbol === undefined ? [] : [`-DTANDEM_MIN_LOG_LEVEL_SYMBOL="${symbol}"`]),
      ...[napi, library.includeDirectory, sources].flatMap((folder) => ['-I', folder]),
      ...[...units, ...own],
      ...[
        '-o',
        output,
        ...library.libraries.map((name) => join(library.libraryDirectory, name)),
        `-Wl,-rpath,${runPath}`,
      ],
    ],
    options,
  );
  if (result.status !== 0)
    throw setupError('TANDEM_SETUP_COMPILE', {
      what: `the TensorFlow.js binding does not build (exit status ${result.status}); the compiler's last lines:\n${result.lastLines}\n`,
      where: `${compiler.command} (${compiler.version})`,
      expected: 'a compiler for C++17 and TensorFlow 2.9 or newer',
      remedy: 'Name another compiler with CXX.',
    });
}

async function ownSources(): Promise<string[]> {
  const native = fileURLToPath(new URL('../native/', import.meta.url));
  const kernels = join(native, 'kernels');
  const names = (await readdir(kernels)).filter((name) => name.endsWith('.cc')).sort();
  return [join(native, 'early-log-level.cc'), ...names.map((name) => join(kernels, name))];
}

const SYMBOL = /_ZN4absl\d+lts_\d+11MinLogLevelEv(?=\0)/;

/** The mangled name of `absl::MinLogLevel()` in the library, or undefined in one that logs without Abseil (before 2.17 or so). */
async function minLogLevelSymbol(library: Libtensorflow, signal: AbortSignal | undefined): Promise<string | undefined> {
  const framework = library.libraries.at(-1)!;
  let carried = '';
  for await (const chunk of createReadStream(join(library.libraryDirectory, framework), {
    highWaterMark: 1 << 22,
    signal,
    encoding: 'latin1',
  })) {
    const text = carried + (chunk as string);
    const found = SYMBOL.exec(text);
    if (found) return found[0];
    carried = text.slice(-256);
  }
  return undefined;
}
