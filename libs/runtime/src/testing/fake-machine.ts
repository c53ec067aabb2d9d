import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SetUpContext } from '../set-up.js';
import type { Wheel } from '../wheels.js';

/** What a fake command does instead of its work. */
export type Misbehaviour = 'none' | 'fail' | 'hang' | 'wrong-file';

const PYTHON = `#!/bin/sh
case " $* " in *" --version "*) echo "pip 1.0"; exit 0 ;; esac
echo download >> "$FAKE_LOG"
while [ $# -gt 0 ]; do [ "$1" = --dest ] && dest=$2; shift; done
case "$FAKE_PIP" in
  fail) echo "ERROR: No route to host" >&2; exit 1 ;;
  hang) echo half > "$TMPDIR/half.whl"; echo $$ > "$FAKE_PID"; while :; do echo .; /bin/sleep 0.05; done ;;
esac
/bin/mkdir -p "$dest"
/bin/cp "$FAKE_WHEEL" "$dest/tensorflow_cpu-0-py3-none-any.whl"
[ "$FAKE_PIP" != wrong-file ] || echo more >> "$dest/tensorflow_cpu-0-py3-none-any.whl"
`;

const COMPILER = `#!/bin/sh
case "$1" in --version) echo "fake compiler 1.0"; exit 0 ;; esac
echo build >> "$FAKE_LOG"
while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
case "$FAKE_CXX" in
  fail) echo "error: expected ';'" >&2; exit 1 ;;
  hang) echo half > "$out"; echo $$ > "$FAKE_PID"; while :; do echo .; /bin/sleep 0.05; done ;;
esac
echo binding > "$out"
`;

const MAKE_WHEEL = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("tensorflow/libtensorflow_cc.so.2", "c" * 1000)
    wheel.writestr("tensorflow/libtensorflow_framework.so.2", "f" * 1000)
    wheel.writestr("tensorflow/include/tensorflow/c/eager/c_api.h", "/* C */")
    wheel.writestr("tensorflow/include/Eigen/huge.h", "/* not wanted */")
    wheel.writestr("tensorflow/python/module.py", "not wanted")
`;

/** A folder with a fake python3 and g++ on a PATH of its own, a small wheel and an empty cache. Remove it with `remove`. */
export class FakeMachine {
  readonly root = mkdtempSync(join(tmpdir(), 'tandem-runtime-'));
  readonly cache = join(this.root, 'cache');
  readonly #bin = join(this.root, 'bin');
  readonly #log = join(this.root, 'log');
  /** Holds the process id of a command that hangs. */
  readonly pidFile = join(this.root, 'pid');
  readonly wheelFile = join(this.root, 'tensorflow.whl');
  readonly wheel: Wheel;

  constructor() {
    mkdirSync(this.#bin);
    this.install('python3', PYTHON);
    this.install('g++', COMPILER);
    const file = this.wheelFile;
    execFileSync('python3', ['-c', MAKE_WHEEL, file]);
    this.wheel = {
      project: 'tensorflow-cpu',
      version: '0',
      sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
      bytes: statSync(file).size,
      unpackedBytes: 2007,
    };
    writeFileSync(this.#log, '');
  }

  install(name: string, script: string): void {
    writeFileSync(join(this.#bin, name), script);
    chmodSync(join(this.#bin, name), 0o755);
  }

  uninstall(name: string): void {
    rmSync(join(this.#bin, name));
  }

  /** The commands that were run, in order, without `--version`. */
  get commands(): string[] {
    return readFileSync(this.#log, 'utf8').split('\n').filter(Boolean);
  }

  environment(pip: Misbehaviour = 'none', compiler: Misbehaviour = 'none'): Record<string, string> {
    return {
      PATH: this.#bin,
      FAKE_PIP: pip,
      FAKE_CXX: compiler,
      FAKE_LOG: this.#log,
      FAKE_PID: this.pidFile,
      FAKE_WHEEL: this.wheelFile,
    };
  }

  context(environment: Record<string, string> = this.environment()): SetUpContext {
    return {
      cache: this.cache,
      platform: 'linux-x64',
      environment,
      lockStaleMs: 2000,
      wheelsFor: () => [this.wheel],
      freeBytes: () => Promise.resolve(1e12),
      hasNvidiaDriver: () => false,
      check: () => Promise.resolve({ tensorflowVersion: '2.99.0', usesGpu: false }),
      onProgress: () => undefined,
      signal: undefined,
    };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
