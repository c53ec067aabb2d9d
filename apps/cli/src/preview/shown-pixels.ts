export interface Normalisation {
  /** Taken off each channel, in 0…255. */
  readonly mean: readonly number[];
  /** What is left was multiplied by this. */
  readonly scale: number;
}

/**
 * An image as the network is given it, (value − mean) · scale in HWC, as pixels again: three channels, 0…255. What colour
 * jitter moved beyond these is shown as the nearest.
 */
export function shownPixels(image: Float32Array, { mean, scale }: Normalisation): Uint8ClampedArray {
  const channels = mean.length;
  const pixels = new Uint8ClampedArray((image.length / channels) * 3);
  for (let at = 0; at < pixels.length; at++) {
    const channel = channels === 1 ? 0 : at % 3;
    pixels[at] = image[Math.floor(at / 3) * channels + channel]! / scale + mean[channel]!;
  }
  return pixels;
}
