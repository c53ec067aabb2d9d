/** What each pixel of a resized row or column is made of. */
export interface ResizeWeights {
  /** Weights a pixel; unused ones are 0. */
  readonly taps: number;
  /** Of each pixel the first one of the source that it is made of. */
  readonly starts: Uint32Array;
  /** pixels × taps, of Q14: those of a pixel add up to 16384. */
  readonly weights: Int16Array;
}

const ONE = 1 << 14;

/**
 * Bilinear resizing with antialiasing, as of Pillow's `Image.resize` (`precompute_coeffs` in its Resample.c) and torchvision: a triangle as wide
 * as two pixels of the smaller of both images, around each pixel's centre, cut at the edges and made to add up to 1. `count` pixels from `first` on of a
 * row that has `from` pixels and is to have `to`; `taps` a multiple of `tapsOf`.
 */
export function triangleWeights(
  { from, to }: { readonly from: number; readonly to: number },
  { first, count }: { readonly first: number; readonly count: number },
  tapsOf = 1,
): ResizeWeights {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  const span = Math.ceil(2 * reach);
  const taps = tapsOf * Math.ceil(span / tapsOf);
  const starts = new Uint32Array(count);
  const weights = new Int16Array(count * taps);
  const exact = new Float64Array(taps);
  for (let pixel = 0; pixel < count; pixel++) {
    const centre = (first + pixel + 0.5) * scale;
    const reached = Math.floor(centre - reach + 0.5);
    const start = Math.max(0, reached);
    const end = Math.min(from, reached + span);
    let sum = 0;
    for (let at = start; at < end; at++)
      sum += exact[at - start] = Math.max(0, 1 - Math.abs(at + 0.5 - centre) / reach);
    // What rounding leaves goes to the heaviest.
    let left = ONE;
    let heaviest = 0;
    for (let tap = 0; tap < end - start; tap++) {
      const weight = Math.round((exact[tap]! / sum) * ONE);
      weights[pixel * taps + tap] = weight;
      left -= weight;
      if (exact[tap]! > exact[heaviest]!) heaviest = tap;
    }
    weights[pixel * taps + heaviest]! += left;
    starts[pixel] = start;
  }
  return { taps, starts, weights };
}
