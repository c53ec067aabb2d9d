import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '@tandem/core';
import { byCodePoint } from './code-point-order.js';
import { decodeFile } from './decode.js';
import type { ImageSource, PixelImage, ReadOptions } from './image-source.js';
import { IMAGE_NAME, isFolder, listFolder } from './list-folder.js';

const LAYOUT = 'one folder for each class with JPEG or PNG files in it, such as cat/1.jpg and dog/7.png';
const STATS_AT_ONCE = 64;

/** The layout of ImageNet and its like: PATH/CLASS/FILE. Classes and files are in code-point order. */
export class ImageFolderSource implements ImageSource {
  readonly format = 'image-folder';
  readonly channels = 3;
  readonly path: string;
  readonly classes: readonly string[];
  readonly ignoredFiles: number;
  readonly digest: string;
  readonly #names: readonly string[];
  readonly #labels: Uint32Array;

  private constructor(path: string, classes: readonly ClassFolder[]) {
    this.path = path;
    this.classes = classes.map(({ name }) => name);
    this.ignoredFiles = classes.reduce((sum, { ignored }) => sum + ignored, 0);
    this.#names = classes.flatMap(({ name, files }) => files.map((file) => `${name}/${file}`));
    this.#labels = Uint32Array.from(classes.flatMap(({ files }, label) => files.map(() => label)));
    this.digest = createHash('sha256')
      .update(JSON.stringify([this.format, this.classes, this.length, this.#names]))
      .digest('hex');
  }

  /** Throws a ConfigurationError that names the folder: missing, without class folders, or with an empty class. */
  static async open(path: string): Promise<ImageFolderSource> {
    const entries = await listFolder(path, LAYOUT);
    const folders: string[] = [];
    for (const entry of entries) if (await isFolder(path, entry)) folders.push(entry.name);
    if (folders.length === 0)
      throw new ConfigurationError({
        code: 'TANDEM_DATA_NO_CLASSES',
        what: 'the data folder has no class folders',
        where: path,
        expected: LAYOUT,
      });
    const classes: ClassFolder[] = [];
    for (const name of folders.sort(byCodePoint)) classes.push(await openClass(path, name));
    return new ImageFolderSource(path, classes);
  }

  get length(): number {
    return this.#names.length;
  }

  label(index: number): number {
    return this.#labels[index]!;
  }

  nameOf(index: number): string {
    return join(this.path, this.#names[index]!);
  }

  async read(index: number, options: ReadOptions = {}): Promise<PixelImage> {
    options.signal?.throwIfAborted();
    return decodeFile(this.nameOf(index), options);
  }

  async fingerprint(): Promise<string> {
    const hash = createHash('sha256').update(this.digest);
    for (let start = 0; start < this.length; start += STATS_AT_ONCE) {
      const names = this.#names.slice(start, start + STATS_AT_ONCE);
      const stats = await Promise.all(names.map((name) => fs.stat(join(this.path, name))));
      for (const { size, mtimeMs } of stats) hash.update(`${size} ${mtimeMs}\n`);
    }
    return hash.digest('hex');
  }
}

interface ClassFolder {
  readonly name: string;
  readonly files: readonly string[];
  readonly ignored: number;
}

async function openClass(path: string, name: string): Promise<ClassFolder> {
  const folder = join(path, name);
  const entries = await listFolder(folder, LAYOUT);
  const files = entries.filter((entry) => IMAGE_NAME.test(entry.name)).map((entry) => entry.name);
  if (files.length === 0)
    throw new ConfigurationError({
      code: 'TANDEM_DATA_EMPTY_CLASS',
      what: `the class folder has no JPEG or PNG files among its ${entries.length} entries`,
      where: folder,
      expected: LAYOUT,
      remedy: 'Fill it or remove it.',
      context: { class: name },
    });
  return { name, files: files.sort(byCodePoint), ignored: entries.length - files.length };
}
