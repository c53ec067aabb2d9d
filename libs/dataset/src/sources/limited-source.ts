import { createHash } from 'node:crypto';
import { RandomStream, StreamPurpose } from '@tandem/core';
import { permutation } from '../sampling/permutation.js';
import type { ImageFormat, ImageSource, PixelImage, ReadOptions } from './image-source.js';

// Not the run's seed: runs of several seeds are of the same samples.
const SEED = 0;

/** `limit` samples of another source, drawn without replacement and kept in its order; all of them where it has no more. */
export class LimitedSource implements ImageSource {
  readonly format: ImageFormat;
  readonly path: string;
  readonly limit: number;
  readonly classes: readonly string[];
  readonly channels: number;
  readonly ignoredFiles: number;
  readonly digest: string;
  readonly #whole: ImageSource;
  readonly #indices: Uint32Array;

  constructor(whole: ImageSource, limit: number) {
    this.format = whole.format;
    this.path = whole.path;
    this.limit = limit;
    this.classes = whole.classes;
    this.channels = whole.channels;
    this.ignoredFiles = whole.ignoredFiles;
    this.#whole = whole;
    const order = permutation(new RandomStream(SEED, StreamPurpose.subset), whole.length);
    this.#indices = order.slice(0, limit).sort();
    this.digest = this.#withLimit(whole.digest);
  }

  get length(): number {
    return this.#indices.length;
  }

  label(index: number): number {
    return this.#whole.label(this.#indices[index]!);
  }

  nameOf(index: number): string {
    return this.#whole.nameOf(this.#indices[index]!);
  }

  read(index: number, options?: ReadOptions): Promise<PixelImage> {
    return this.#whole.read(this.#indices[index]!, options);
  }

  async fingerprint(): Promise<string> {
    return this.#withLimit(await this.#whole.fingerprint());
  }

  #withLimit(text: string): string {
    return createHash('sha256')
      .update(JSON.stringify([text, this.limit]))
      .digest('hex');
  }
}
