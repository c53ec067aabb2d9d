import { promises as fs } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ConfigurationError } from '@tandem/core';
import { byCodePoint } from '../code-point-order.js';

export const GROUND_TRUTH_FILE = 'ILSVRC2012_validation_ground_truth.txt';
export const SYNSETS_FILE = 'ILSVRC2012_synsets.txt';
const ILSVRC_CLASSES = 1000;

export interface GroundTruth {
  /** In code-point order, as the training set's classes. */
  readonly classes: readonly string[];
  /** Of image k at k − 1, by `classes`. */
  readonly labels: readonly number[];
}

/**
 * The labels of the validation images: the devkit's list of ids, read through the list of synsets in the devkit's order. Both
 * are looked for in the folder and beside it. Throws a ConfigurationError that names the file: `TANDEM_DATA_IMAGENET_FILES`
 * where one is missing, `TANDEM_DATA_IMAGENET_LABELS` where one cannot be what it should be.
 */
export async function readGroundTruth(folder: string): Promise<GroundTruth> {
  const truth = await find(folder, GROUND_TRUTH_FILE, 'of the devkit’s data folder: a class id from 1 on in each line');
  const list = await find(folder, SYNSETS_FILE, 'the synset of class id k in line k, such as n02119789 in line 1');
  const synsets = list.lines.map((line, at) => /^(n\d{8})(\s|$)/.exec(line)?.[1] ?? wrongSynset(list.file, at, line));
  const classes = [...synsets].sort(byCodePoint);
  const again = classes.find((synset, at) => synset === classes[at + 1]);
  if (again !== undefined) throw wrong(list.file, `${again} is there twice`, 'each synset once');
  // Lists in the order of the names go round, and would give a thousand wrong labels without a word.
  if (synsets.length === ILSVRC_CLASSES && synsets.every((synset, at) => synset === classes[at]))
    throw wrong(
      list.file,
      'the synsets are in the order of their names',
      'the devkit’s order (ILSVRC2012_ID), which is another',
      'Make it of the devkit’s meta.mat, as docs/data.md shows.',
    );
  const labelOf = new Map(classes.map((synset, label) => [synset, label]));
  const labels = truth.lines.map((line, at) => {
    const synset = /^\d+$/.test(line) ? synsets[Number(line) - 1] : undefined;
    if (synset === undefined)
      throw wrong(truth.file, `line ${at + 1} is "${line}"`, `a class id from 1 to ${synsets.length}`);
    return labelOf.get(synset)!;
  });
  return { classes, labels };
}

async function find(folder: string, name: string, what: string): Promise<{ file: string; lines: string[] }> {
  const places = [join(folder, name), join(dirname(resolve(folder)), name)];
  for (const file of places) {
    const text = await fs.readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined)
      return {
        file,
        lines: text
          .trimEnd()
          .split(/\r?\n/)
          .map((line) => line.trim()),
      };
  }
  throw new ConfigurationError({
    code: 'TANDEM_DATA_IMAGENET_FILES',
    what: `${name} is missing`,
    where: folder,
    expected: `it there or beside ${basename(folder)}: ${what}`,
    remedy: 'See docs/data.md for where it comes from.',
    context: { file: name },
  });
}

function wrongSynset(file: string, at: number, line: string): never {
  throw wrong(file, `line ${at + 1} is "${line}"`, 'a synset, such as n02119789');
}

function wrong(file: string, what: string, expected: string, remedy?: string): ConfigurationError {
  const details = { code: 'TANDEM_DATA_IMAGENET_LABELS', what, where: file, expected };
  return new ConfigurationError(remedy === undefined ? details : { ...details, remedy });
}
