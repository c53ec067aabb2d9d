import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { basename } from 'node:path';
import { ConfigurationError } from '@tandem/core';
import { resizePixels } from './decode.js';
import { type IdxFile, openIdxFile } from './idx-file.js';
import { findIdxFiles } from './idx-layout.js';
import type { ImageSource, PixelImage, ReadOptions } from './image-source.js';

/** A pair of IDX files, one channel. The images are held in memory from the first read on (Fashion-MNIST: 47 MB). */
export class IdxSource implements ImageSource {
  readonly format = 'idx';
  readonly channels = 1;
  readonly ignoredFiles = 0;
  readonly path: string;
  readonly classes: readonly string[];
  readonly length: number;
  readonly digest: string;
  readonly #images: IdxFile;
  readonly #labelsFile: IdxFile;
  readonly #labels: Uint8Array;
  #pixels: Promise<Uint8Array> | undefined;

  private constructor(path: string, images: IdxFile, labelsFile: IdxFile, labels: Uint8Array) {
    this.path = path;
    this.#images = images;
    this.#labelsFile = labelsFile;
    this.#labels = labels;
    this.length = labels.length;
    const highest = labels.reduce((high, label) => Math.max(high, label), 0);
    this.classes = Array.from({ length: highest + 1 }, (_, label) => String(label));
    this.digest = createHash('sha256')
      .update(JSON.stringify([this.format, this.classes, this.length]))
      .update(images.header)
      .update(labels)
      .digest('hex');
  }

  /** Throws a ConfigurationError: wrong magic, size or files, or another number of images than of labels. */
  static async open(path: string): Promise<IdxSource> {
    const paths = await findIdxFiles(path);
    const images = await openIdxFile(paths.images, 3);
    const labelsFile = await openIdxFile(paths.labels, 1);
    const labels = await labelsFile.load();
    if (images.dimensions[0] !== labels.length)
      throw new ConfigurationError({
        code: 'TANDEM_DATA_IDX_COUNTS',
        what: `there are ${images.dimensions[0]} images but ${labels.length} labels in ${basename(paths.labels)}`,
        where: paths.images,
        expected: 'as many images as labels',
        remedy: 'Check that both files are of the same set.',
      });
    return new IdxSource(path, images, labelsFile, labels);
  }

  label(index: number): number {
    return this.#labels[index]!;
  }

  nameOf(index: number): string {
    return `${basename(this.#images.path)}[${index}]`;
  }

  async read(index: number, options: ReadOptions = {}): Promise<PixelImage> {
    options.signal?.throwIfAborted();
    const pixels = await (this.#pixels ??= this.#images.load());
    const [, height, width] = this.#images.dimensions as [number, number, number];
    const size = height * width;
    const image = { width, height, channels: 1, data: pixels.subarray(index * size, (index + 1) * size) };
    return resizePixels(image, options);
  }

  async fingerprint(): Promise<string> {
    const hash = createHash('sha256').update(this.digest);
    for (const { path, header } of [this.#images, this.#labelsFile]) {
      const { size, mtimeMs } = await fs.stat(path);
      hash.update(header).update(`${size} ${mtimeMs}\n`);
    }
    return hash.digest('hex');
  }
}
