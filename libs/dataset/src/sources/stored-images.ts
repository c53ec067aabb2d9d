import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { decodeFile, decodeImage } from './decode.js';
import type { ImageFormat, ImageSource, PixelImage, ReadOptions } from './image-source.js';
import { PositionalReader } from './tar/positional-reader.js';

/** Images of one folder, or of one archive. */
export interface ImageStore {
  readonly path: string;
  /** What its images' names begin with in the digest: the same on machines that store them in another way. */
  readonly key: string;
  readonly images: readonly StoredImage[];
}

export interface StoredImage {
  /** In its folder or archive. */
  readonly name: string;
  readonly label: number;
  /** Where its bytes are in the archive; absent where the store is a folder. */
  readonly offset?: number;
  readonly size?: number;
}

export interface StoredImagesOptions {
  readonly format: ImageFormat;
  readonly path: string;
  readonly classes: readonly string[];
  readonly ignoredFiles: number;
  readonly stores: readonly ImageStore[];
}

const STATS_AT_ONCE = 64;
const IN_FOLDER = -1;

/** Colour images that lie in folders as files, or in archives at known places, in the order given. */
export class StoredImages implements ImageSource {
  readonly format: ImageFormat;
  readonly channels = 3;
  readonly path: string;
  readonly classes: readonly string[];
  readonly ignoredFiles: number;
  readonly length: number;
  readonly digest: string;
  readonly #stores: readonly string[];
  // Columns, not objects: ImageNet has 1.3 million images, and every thread that reads has this.
  readonly #names: readonly string[];
  readonly #storeOf: Uint32Array;
  readonly #labels: Uint32Array;
  readonly #offsets: Float64Array;
  readonly #sizes: Float64Array;

  constructor({ format, path, classes, ignoredFiles, stores }: StoredImagesOptions) {
    this.format = format;
    this.path = path;
    this.classes = classes;
    this.ignoredFiles = ignoredFiles;
    this.length = stores.reduce((sum, { images }) => sum + images.length, 0);
    this.#stores = stores.map((store) => store.path);
    this.#storeOf = new Uint32Array(this.length);
    this.#labels = new Uint32Array(this.length);
    this.#offsets = new Float64Array(this.length);
    this.#sizes = new Float64Array(this.length);
    const names: string[] = [];
    const hash = createHash('sha256').update(JSON.stringify([format, classes, this.length]));
    for (const [store, { key, images }] of stores.entries()) {
      hash.update(JSON.stringify([key, images.map(({ name, label }) => [name, label])]));
      for (const { name, label, offset = IN_FOLDER, size = 0 } of images) {
        const index = names.push(name) - 1;
        this.#storeOf[index] = store;
        this.#labels[index] = label;
        this.#offsets[index] = offset;
        this.#sizes[index] = size;
      }
    }
    this.#names = names;
    this.digest = hash.digest('hex');
  }

  label(index: number): number {
    return this.#labels[index]!;
  }

  nameOf(index: number): string {
    const store = this.#stores[this.#storeOf[index]!]!;
    return this.#offsets[index] === IN_FOLDER ? join(store, this.#names[index]!) : `${store}[${this.#names[index]!}]`;
  }

  async read(index: number, options: ReadOptions = {}): Promise<PixelImage> {
    options.signal?.throwIfAborted();
    const name = this.nameOf(index);
    if (this.#offsets[index] === IN_FOLDER) return decodeFile(name, options);
    const archive = await PositionalReader.open(this.#stores[this.#storeOf[index]!]!);
    try {
      return await decodeImage(name, await archive.readFresh(this.#offsets[index]!, this.#sizes[index]!), options);
    } finally {
      await archive.close();
    }
  }

  async fingerprint(): Promise<string> {
    const hash = createHash('sha256').update(this.digest);
    const files = new Set<string>();
    for (let index = 0; index < this.length; index++)
      files.add(this.#offsets[index] === IN_FOLDER ? this.nameOf(index) : this.#stores[this.#storeOf[index]!]!);
    const all = [...files];
    for (let start = 0; start < all.length; start += STATS_AT_ONCE) {
      const stats = await Promise.all(all.slice(start, start + STATS_AT_ONCE).map((file) => fs.stat(file)));
      for (const { size, mtimeMs } of stats) hash.update(`${size} ${mtimeMs}\n`);
    }
    return hash.digest('hex');
  }
}
