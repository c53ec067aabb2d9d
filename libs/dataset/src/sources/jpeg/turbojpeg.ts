import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describeError } from '@tandem/core';
import type * as Koffi from 'koffi';
import type { RgbxImage } from '../../resize/resize-window.js';

/** Values of turbojpeg.h (libjpeg-turbo 3.1). */
const TJINIT_DECOMPRESS = 1;
const TJPARAM_JPEGWIDTH = 5;
const TJPARAM_JPEGHEIGHT = 6;
const TJPF_RGBX = 2;

/** A larger output is not kept for the next image. */
const KEPT_BYTES = 16 * 1024 * 1024;

type Handle = object;

interface Library {
  init(kind: number): Handle | null;
  header(handle: Handle, bytes: Uint8Array, length: number): number;
  get(handle: Handle, parameter: number): number;
  destroy(handle: Handle): void;
  decode: {
    async(
      ...args: [
        ...[handle: Handle, bytes: Uint8Array, length: number, output: Uint8Array, pitch: number, format: number],
        done: (error: Error | null, status: number) => void,
      ]
    ): void;
  };
}

interface Decoder {
  readonly handle: Handle;
  output: Uint8Array;
}

/**
 * libjpeg-turbo's own library, the one that comes with @julusian/jpeg-turbo: that package's binding takes the fast and inexact inverse DCT, and the
 * library by itself the exact one, which gives the bits of libvips and Pillow.
 */
export class TurboJpeg {
  readonly #library: Library;
  /** One that nothing is decoded with. A thread has as many as it decodes images at once. */
  readonly #idle: Decoder[] = [];

  private constructor(library: Library) {
    this.#library = library;
    // A data thread ends long before its process does.
    process.once('exit', () => {
      for (const { handle } of this.#idle.splice(0)) library.destroy(handle);
    });
  }

  /** Throws where this installation does not have it. */
  static load(): TurboJpeg {
    const require = createRequire(import.meta.url);
    const koffi = require('koffi') as typeof Koffi;
    const folder = dirname(require.resolve('@julusian/jpeg-turbo/package.json'));
    const file = join(folder, 'prebuilds', `jpeg-turbo-${process.platform}-${process.arch}`, 'libturbojpeg.so.0');
    const library = koffi.load(file);
    return new TurboJpeg({
      init: library.func('void *tj3Init(int kind)'),
      header: library.func('int tj3DecompressHeader(void *handle, const uint8_t *bytes, size_t length)'),
      get: library.func('int tj3Get(void *handle, int parameter)'),
      destroy: library.func('void tj3Destroy(void *handle)'),
      decode: library.func(
        'int tj3Decompress8(void *handle, const uint8_t *bytes, size_t length, void *output, int pitch, int format)',
      ),
    } as unknown as Library);
  }

  /**
   * What `use` makes of the image, which is gone when it returns; undefined where libjpeg-turbo has anything against the file, if only a warning.
   * The decoding is done on libuv's pool.
   */
  async decode<T>(bytes: Uint8Array, use: (image: RgbxImage) => T): Promise<T | undefined> {
    const library = this.#library;
    const decoder = this.#idle.pop() ?? this.#open();
    try {
      const { handle } = decoder;
      if (library.header(handle, bytes, bytes.length) !== 0) return undefined;
      const width = library.get(handle, TJPARAM_JPEGWIDTH);
      const height = library.get(handle, TJPARAM_JPEGHEIGHT);
      const needed = width * height * 4;
      if (decoder.output.length < needed) decoder.output = new Uint8Array(needed);
      const { output } = decoder;
      const status = await new Promise<number>((resolve, reject) => {
        library.decode.async(handle, bytes, bytes.length, output, 0, TJPF_RGBX, (error, result) => {
          if (error) reject(error);
          else resolve(result);
        });
      });
      return status === 0 ? use({ width, height, data: output }) : undefined;
    } finally {
      if (decoder.output.length > KEPT_BYTES) decoder.output = new Uint8Array();
      this.#idle.push(decoder);
    }
  }

  #open(): Decoder {
    const handle = this.#library.init(TJINIT_DECOMPRESS);
    if (handle === null) throw new Error('libjpeg-turbo has no memory for another decoder');
    return { handle, output: new Uint8Array() };
  }
}

/** The decoder, or why this installation has none: then JPEGs are decoded by libvips, to the same bits, at half the speed. */
export const turboJpeg: TurboJpeg | string = (() => {
  try {
    return TurboJpeg.load();
  } catch (error) {
    return describeError(error);
  }
})();

/** Why JPEGs are decoded at half the speed here; undefined where they are not. */
export const turboJpegFault: string | undefined = typeof turboJpeg === 'string' ? turboJpeg : undefined;
