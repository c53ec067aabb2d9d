import { promises as fs } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ConfigurationError } from '@tandem/core';
import { byCodePoint } from './code-point-order.js';

export interface IdxPaths {
  readonly images: string;
  readonly labels: string;
}

const LAYOUT =
  'a folder with one images and one labels file, such as train-images-idx3-ubyte and train-labels-idx1-ubyte (gzipped or not), ' +
  'or such files’ common beginning (DIR/train)';

/** The two files of an IDX data set: `path` is their folder, or the beginning of their names. */
export async function findIdxFiles(path: string): Promise<IdxPaths> {
  const isFolder = await fs.stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const folder = isFolder ? path : dirname(path);
  const prefix = isFolder ? '' : `${basename(path)}-`;
  const names = await fs.readdir(folder).catch(() => [] as string[]);
  if (names.length === 0 || (!isFolder && !names.some((name) => name.startsWith(prefix))))
    throw new ConfigurationError({
      code: 'TANDEM_DATA_MISSING',
      what: isFolder ? 'the data folder is empty' : 'the data folder does not exist',
      where: path,
      expected: LAYOUT,
      remedy: 'Check data.train and data.eval; `tandem data` fetches data sets.',
    });
  const one = (kind: string, pattern: RegExp) => {
    const found = names.filter((name) => name.startsWith(prefix) && pattern.test(name)).sort(byCodePoint);
    // `x` before `x.gz`: of the same file twice, the unpacked one.
    const different = found.filter((name, index) => name !== `${found[index - 1]}.gz`);
    if (different.length === 1) return join(folder, different[0]!);
    throw new ConfigurationError({
      code: 'TANDEM_DATA_IDX_FILES',
      what:
        different.length === 0
          ? `there is no ${kind} file`
          : `there are ${different.length} ${kind} files: ${different.join(', ')}`,
      where: path,
      expected: LAYOUT,
    });
  };
  return {
    images: one('images', /images[-.]idx3-ubyte(\.gz)?$/),
    labels: one('labels', /labels[-.]idx1-ubyte(\.gz)?$/),
  };
}
