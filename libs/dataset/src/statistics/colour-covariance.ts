import type { ImageSource, PixelImage } from '../sources/image-source.js';
import { forEachReadable, type StatisticOptions } from './channel-means.js';

/**
 * The covariance of the channels over all pixels of the images that the channel means are taken over, likewise resized and cut
 * to their central square; pixels in 0…1. The sums are of integers and exact, and rounded once, so that the order of reading
 * does not matter.
 */
export async function colourCovariance(
  source: ImageSource,
  resize: number | undefined,
  options: StatisticOptions = {},
): Promise<number[][]> {
  const sums = new ColourSums(source.channels);
  await forEachReadable(source, resize, options, (image) => sums.add(image));
  return sums.covariance();
}

/** Sums of the channels and of their products: a product is below 2^16, so 2^37 pixels stay below 2^53, where float64 is exact. */
class ColourSums {
  readonly #channels: number;
  readonly #sums: number[];
  /** Σ x·y for channels x ≤ y, at x · channels + y. */
  readonly #products: number[];
  #pixels = 0;

  constructor(channels: number) {
    this.#channels = channels;
    this.#sums = new Array<number>(channels).fill(0);
    this.#products = new Array<number>(channels * channels).fill(0);
  }

  add({ width, height, data }: PixelImage): void {
    const channels = this.#channels;
    const side = Math.min(width, height);
    const top = (height - side) >> 1;
    const left = (width - side) >> 1;
    this.#pixels += side * side;
    for (let x = 0; x < channels; x++)
      for (let y = x; y < channels; y++) {
        let sum = 0;
        let products = 0;
        for (let row = top; row < top + side; row++) {
          const start = (row * width + left) * channels;
          for (let at = start; at < start + side * channels; at += channels) {
            sum += data[at + x]!;
            products += data[at + x]! * data[at + y]!;
          }
        }
        if (x === y) this.#sums[x]! += sum;
        this.#products[x * channels + y]! += products;
      }
  }

  /** (n·Σxy − Σx·Σy) ⁄ (255·n)², the numerator in whole numbers. */
  covariance(): number[][] {
    const n = BigInt(this.#pixels);
    const scale = 255 * this.#pixels;
    const sums = this.#sums.map(BigInt);
    const entry = (x: number, y: number) =>
      Number(n * BigInt(this.#products[x * this.#channels + y]!) - sums[x]! * sums[y]!) / scale / scale;
    return sums.map((_, x) => sums.map((_, y) => entry(Math.min(x, y), Math.max(x, y))));
  }
}
