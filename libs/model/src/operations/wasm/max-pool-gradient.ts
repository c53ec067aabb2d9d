import type { Sides } from './convolution-geometry.js';

export interface PoolShape {
  /** [rows, height, width, channels] of the images. */
  readonly input: readonly [number, number, number, number];
  readonly window: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly sides: Sides;
  /** Height and width of the pooled images. */
  readonly output: readonly [number, number];
}

/** Adds each window's gradient to the first of its greatest elements, row by row, as TensorFlow does. `dx` begins as zeros. */
export function addMaxPoolGradient(
  x: Float32Array,
  y: Float32Array,
  dy: Float32Array,
  dx: Float32Array,
  { input, window, strides, sides, output }: PoolShape,
): void {
  const [rows, height, width, channels] = input;
  let at = 0;
  for (let row = 0; row < rows; row++)
    for (let outputY = 0; outputY < output[0]; outputY++) {
      const top = outputY * strides[0] - sides.top;
      const [firstY, endY] = [Math.max(0, top), Math.min(height, top + window[0])];
      for (let outputX = 0; outputX < output[1]; outputX++) {
        const left = outputX * strides[1] - sides.left;
        const [firstX, endX] = [Math.max(0, left), Math.min(width, left + window[1])];
        for (let channel = 0; channel < channels; channel++, at++) {
          const greatest = y[at]!;
          search: for (let placeY = firstY; placeY < endY; placeY++)
            for (let placeX = firstX; placeX < endX; placeX++) {
              const from = ((row * height + placeY) * width + placeX) * channels + channel;
              const value = x[from]!;
              if (value === greatest || value !== value) {
                dx[from] = dx[from]! + dy[at]!;
                break search;
              }
            }
        }
      }
    }
}
