import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SCENES, sceneJpeg } from './drawn-scenes.js';

const SYNSETS = ['n01440764', 'n02119789', 'n04273569'];

function write(file: string, data: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, data);
}

/** Puts files, given by name, into an archive as they come. */
function writeTar(file: string, contents: ReadonlyMap<string, string | Uint8Array>): void {
  mkdirSync(dirname(file), { recursive: true });
  const folder = mkdtempSync(`${file}-`);
  for (const [name, data] of contents) write(join(folder, name), data);
  execFileSync('tar', ['-cf', file, '-C', folder, ...readdirSync(folder).sort()]);
  rmSync(folder, { recursive: true });
}

/** Drawings in colour, of one of three classes each; those in `broken` are no images. */
async function drawings(count: number, broken: readonly number[]) {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const label = index % SCENES.length;
      const jpeg = broken.includes(index) ? Buffer.from('no picture') : await sceneJpeg(index, label);
      return { index, label, jpeg };
    }),
  );
}

export interface SetSizes {
  readonly train: number;
  readonly evaluation: number;
  /** Training images that cannot be decoded. */
  readonly broken?: readonly number[];
}

/** Class folders `train` and `eval`. */
export async function makeSceneFolder(folder: string, { train, evaluation, broken = [] }: SetSizes): Promise<void> {
  for (const { split, images } of [
    { split: 'train', images: await drawings(train, broken) },
    { split: 'eval', images: await drawings(evaluation, []) },
  ])
    for (const { index, label, jpeg } of images) write(join(folder, split, SCENES[label]!, `${index}.jpg`), jpeg);
}

/** ILSVRC-2012's layout: of the classes of `train` the first as a folder, the others as archives; `eval` flat with its lists. */
export async function makeImageNetSet(folder: string, { train, evaluation, broken = [] }: SetSizes): Promise<void> {
  const images = await drawings(train, broken);
  for (const [label, synset] of SYNSETS.entries()) {
    const own = images.filter((image) => image.label === label);
    const files = new Map(own.map(({ index, jpeg }) => [`${synset}_${index}.JPEG`, jpeg]));
    if (label === 0) for (const [name, jpeg] of files) write(join(folder, 'train', synset, name), jpeg);
    else writeTar(join(folder, 'train', `${synset}.tar`), files);
  }
  // Class ids in another order than the labels, as in the real one.
  const ids = [...SYNSETS].reverse();
  const truth: number[] = [];
  for (const { index, label, jpeg } of await drawings(evaluation, [])) {
    write(join(folder, 'eval', `ILSVRC2012_val_${String(index + 1).padStart(8, '0')}.JPEG`), jpeg);
    truth.push(ids.indexOf(SYNSETS[label]!) + 1);
  }
  write(join(folder, 'eval/ILSVRC2012_validation_ground_truth.txt'), `${truth.join('\n')}\n`);
  write(join(folder, 'eval/ILSVRC2012_synsets.txt'), `${ids.join('\n')}\n`);
}

/** Two shards `train-0.tar` and `train-1.tar`, and `eval-0.tar`. */
export async function makeShards(folder: string, { train, evaluation, broken = [] }: SetSizes): Promise<void> {
  const shard = (name: string, images: Awaited<ReturnType<typeof drawings>>) => {
    writeTar(
      join(folder, name),
      new Map(
        images.flatMap(({ index, label, jpeg }): [string, string | Uint8Array][] => [
          [`${String(index).padStart(4, '0')}.jpg`, jpeg],
          [`${String(index).padStart(4, '0')}.cls`, String(label)],
        ]),
      ),
    );
  };
  const images = await drawings(train, broken);
  shard('train-0.tar', images.slice(0, train >> 1));
  shard('train-1.tar', images.slice(train >> 1));
  shard('eval-0.tar', await drawings(evaluation, []));
}
