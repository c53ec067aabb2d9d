import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '@tandem/core';
import { bounded } from '../../stream/bounded.js';
import { byCodePoint } from '../code-point-order.js';
import { IMAGE_NAME, listFolder } from '../list-folder.js';
import { type ImageStore, type StoredImage, StoredImages } from '../stored-images.js';
import { indexedTar } from '../tar/indexed-tar.js';

/** A class by its WordNet id: a folder or an archive. */
export const SYNSET_STORE = /^(n\d{8})(\.tar)?$/;
const STORES_AT_ONCE = 8;

/** Labels follow the code-point order of the synsets, images that of their names within: the same for folders and archives. */
export async function openTraining(path: string, entries: readonly Dirent[]): Promise<StoredImages> {
  const stores = new Map<string, string>();
  for (const { name } of entries) {
    const synset = SYNSET_STORE.exec(name)?.[1];
    if (synset === undefined) continue;
    if (stores.has(synset)) throw twice(path, synset);
    stores.set(synset, name);
  }
  const classes = [...stores.keys()].sort(byCodePoint);
  const opened: ImageStore[] = [];
  let ignored = entries.length - classes.length;
  await bounded(classes, STORES_AT_ONCE, async (synset, label) => {
    const name = stores.get(synset)!;
    const store = name.endsWith('.tar') ? await packed(join(path, name)) : await unpacked(join(path, name));
    const images = store.images.filter(({ name: file }) => IMAGE_NAME.test(file));
    ignored += store.images.length - images.length;
    if (images.length === 0) throw empty(join(path, name), synset);
    images.sort((a, b) => byCodePoint(a.name, b.name));
    opened[label] = { path: store.path, key: synset, images: images.map((image) => ({ ...image, label })) };
  });
  return new StoredImages({ format: 'imagenet', path, classes, ignoredFiles: ignored, stores: opened });
}

type Unlabelled = Omit<StoredImage, 'label'>;

async function packed(path: string): Promise<{ path: string; images: Unlabelled[] }> {
  const { members } = await indexedTar(path);
  const names = new Set<string>();
  for (const { name } of members) {
    if (names.has(name))
      throw new ConfigurationError({
        code: 'TANDEM_DATA_TAR',
        what: `it has ${name} twice`,
        where: path,
        expected: 'the archive as it is published',
      });
    names.add(name);
  }
  return { path, images: [...members] };
}

async function unpacked(path: string): Promise<{ path: string; images: Unlabelled[] }> {
  const entries = await listFolder(path, 'the JPEG files of one class, such as n01440764_10026.JPEG');
  return { path, images: entries.map(({ name }) => ({ name })) };
}

function empty(path: string, synset: string): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_DATA_EMPTY_CLASS',
    what: 'the class has no images',
    where: path,
    expected: 'JPEG files such as n01440764_10026.JPEG',
    remedy: 'Fill it or remove it.',
    context: { class: synset },
  });
}

function twice(path: string, synset: string): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_DATA_IMAGENET_FILES',
    what: `${synset} is there as a folder and as ${synset}.tar`,
    where: path,
    expected: 'each class once',
    remedy: 'Remove one of them.',
  });
}
