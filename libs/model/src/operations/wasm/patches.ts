import type { Sides } from './convolution-geometry.js';

export interface PatchShape {
  /** [rows, height, width, channels] of the images. */
  readonly input: readonly [number, number, number, number];
  readonly window: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly sides: Sides;
  /** Height and width of the convolution's output. */
  readonly output: readonly [number, number];
}

/**
 * What a convolution's kernel sees, transposed: a row for each of the window's places and channels, a column for each row of the
 * batch and place of the output, [window · channels, rows · output]. Zeros where it reaches past the image.
 */
export function writePatches(x: Float32Array, patches: Float32Array, shape: PatchShape): void {
  const { input, window, strides, sides, output } = shape;
  const [rows, height, width, channels] = input;
  const [outputHeight, outputWidth] = output;
  const step = strides[1] * channels;
  let at = 0;
  for (let windowY = 0; windowY < window[0]; windowY++)
    for (let windowX = 0; windowX < window[1]; windowX++) {
      // Places of the output whose column of the image exists.
      const first = Math.max(0, Math.ceil((sides.left - windowX) / strides[1]));
      const end = Math.min(outputWidth, Math.ceil((width + sides.left - windowX) / strides[1]));
      for (let channel = 0; channel < channels; channel++)
        for (let row = 0; row < rows; row++)
          for (let outputY = 0; outputY < outputHeight; outputY++) {
            const y = outputY * strides[0] + windowY - sides.top;
            if (y < 0 || y >= height || end <= first) {
              patches.fill(0, at, at + outputWidth);
              at += outputWidth;
              continue;
            }
            const rowStart = (row * height + y) * width;
            let from = (rowStart + first * strides[1] + windowX - sides.left) * channels + channel;
            for (let outputX = 0; outputX < first; outputX++) patches[at++] = 0;
            for (let outputX = first; outputX < end; outputX++, from += step) patches[at++] = x[from]!;
            for (let outputX = end; outputX < outputWidth; outputX++) patches[at++] = 0;
          }
    }
}
