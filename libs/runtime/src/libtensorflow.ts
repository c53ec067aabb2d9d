import { existsSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setupError } from './errors.js';

/** A TensorFlow to link with: its headers and its two libraries, in one folder. */
export interface Libtensorflow {
  readonly includeDirectory: string;
  readonly libraryDirectory: string;
  /** File names in `libraryDirectory`: the one with the C API first, then the framework. */
  readonly libraries: readonly string[];
  /** Changes when a library does. */
  readonly stamp: string;
}

const NAMES = [
  ['libtensorflow_cc.so.2', 'libtensorflow.so.2', 'libtensorflow.so'],
  ['libtensorflow_framework.so.2'],
] as const;

/**
 * Finds a TensorFlow in `directory`: an unpacked libtensorflow (`include/`, `lib/`) or the `tensorflow` folder of a
 * Python installation (`include/` and the libraries beside it). Throws `TANDEM_SETUP_LIBTENSORFLOW`.
 */
export function findLibtensorflow(directory: string): Libtensorflow {
  const root = resolve(directory);
  const missing = (what: string) =>
    setupError('TANDEM_SETUP_LIBTENSORFLOW', {
      what,
      where: root,
      expected: 'an unpacked libtensorflow (include/, lib/) or the tensorflow folder of a Python installation',
      remedy:
        'Name that folder with --libtensorflow or TANDEM_LIBTENSORFLOW, or leave it out to use the published wheel.',
    });
  if (!existsSync(root)) throw missing('there is no such folder');
  const libraryDirectory = [join(root, 'lib'), root].find((folder) =>
    NAMES[0].some((name) => existsSync(join(folder, name))),
  );
  if (libraryDirectory === undefined) throw missing(`none of ${NAMES[0].join(', ')} is there`);
  const includeDirectory = join(root, 'include');
  if (!existsSync(join(includeDirectory, 'tensorflow/c/eager/c_api.h')))
    throw missing('include/tensorflow/c/eager/c_api.h is not there');
  const libraries = NAMES.flatMap((names) =>
    names.filter((name) => existsSync(join(libraryDirectory, name))).slice(0, 1),
  );
  const stamp = libraries.map((name) => {
    const file = realpathSync(join(libraryDirectory, name));
    const { size, mtimeMs } = statSync(file);
    return `${file} ${size} ${mtimeMs}`;
  });
  return { includeDirectory, libraryDirectory: realpathSync(libraryDirectory), libraries, stamp: stamp.join('\n') };
}
