import { invariant } from '@tandem/core';
import type { PixelImage } from '../sources/image-source.js';
import type { CropGeometry } from './geometry.js';

/** Float32 of (value + shift − mean) · scale, for each channel and each of the 256 values: channel c at c × 256. */
export type PixelTable = Float32Array;

/** `shift` is added to every pixel, one a channel, in 0…255; what leaves 0…255 by it is not cut off. */
export function pixelTable(mean: readonly number[], scale: number, shift?: readonly number[]): PixelTable {
  return Float32Array.from({ length: 256 * mean.length }, (_, entry) => {
    const channel = entry >> 8;
    return ((entry & 255) + (shift?.[channel] ?? 0) - mean[channel]!) * scale;
  });
}

/**
 * Cuts `size` × `size` pixels out of the image, mirrored and turned as `crop` says, less the channel means, into `out` (HWC).
 * What lies outside the image is 0 before the table is applied.
 */
export function writeCrop(
  image: PixelImage,
  crop: CropGeometry,
  size: number,
  table: PixelTable,
  out: Float32Array,
): void {
  const { data, width, height, channels } = image;
  invariant(
    out.length === size * size * channels,
    `a crop of ${size}×${size}×${channels} does not fill ${out.length} floats`,
  );
  invariant(table.length === 256 * channels, `${table.length / 256} means do not match ${channels} channels`);
  // Where a pixel comes from is linear in its row and column: turns and mirrors only change the start and the steps.
  const start = placeIn(crop, size, 0, 0);
  const down = placeIn(crop, size, 1, 0);
  const across = placeIn(crop, size, 0, 1);
  const [yAcross, xAcross] = [across.y - start.y, across.x - start.x];
  const isInside = crop.top >= 0 && crop.left >= 0 && crop.top + size <= height && crop.left + size <= width;
  if (isInside && channels === 3) {
    const bytes = (y: number, x: number) => (y * width + x) * 3;
    const walk = {
      start: bytes(crop.top + start.y, crop.left + start.x),
      down: bytes(down.y - start.y, down.x - start.x),
      across: bytes(yAcross, xAcross),
    };
    writeColours(data, walk, size, table, out);
    return;
  }
  let to = 0;
  for (let row = 0; row < size; row++) {
    let y = crop.top + start.y + row * (down.y - start.y);
    let x = crop.left + start.x + row * (down.x - start.x);
    for (let column = 0; column < size; column++, y += yAcross, x += xAcross) {
      const inside = y >= 0 && y < height && x >= 0 && x < width;
      const from = (y * width + x) * channels;
      for (let channel = 0; channel < channels; channel++)
        out[to++] = table[channel * 256 + (inside ? data[from + channel]! : 0)]!;
    }
  }
}

/** Where the bytes of the first pixel are, and how far on those of the next row and of the next column. */
interface Walk {
  readonly start: number;
  readonly down: number;
  readonly across: number;
}

/** The usual case without its questions: half the time, and a fifth of a JPEG's way. */
function writeColours(data: Uint8Array, walk: Walk, size: number, table: PixelTable, out: Float32Array): void {
  const { start, down, across } = walk;
  let to = 0;
  for (let row = 0; row < size; row++) {
    let from = start + row * down;
    for (let column = 0; column < size; column++, from += across, to += 3) {
      out[to] = table[data[from]!]!;
      out[to + 1] = table[256 + data[from + 1]!]!;
      out[to + 2] = table[512 + data[from + 2]!]!;
    }
  }
}

/** The place in the crop, as it lies in the image, of a pixel of what it becomes: the last step is undone first. */
function placeIn({ mirror, flip, turns }: CropGeometry, size: number, row: number, column: number) {
  let [y, x] = [row, column];
  for (let turn = 0; turn < turns; turn++) [y, x] = [size - 1 - x, y];
  return { y: flip ? size - 1 - y : y, x: mirror ? size - 1 - x : x };
}
