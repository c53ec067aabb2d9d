import { RandomStream, StreamPurpose } from '@tandem/core';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

export const WIDTH = 500;
export const HEIGHT = 375;

const LEAVES = 1500;
const SMALLEST = 6;
const LARGEST = 220;
const QUALITY = 90;
const NOISE_SIDE = 512;

/**
 * `count` JPEGs of 500×375, quality 90, 4:2:0, in two class folders: the same files on every machine with the same sharp. They are dead leaves
 * (Lee, Mumford and Huang, "Occlusion models for natural images", IJCV 2001): shaded discs over each other, radii with density
 * ~ r⁻³, which have the edges and spectrum of photographs, and a grain on each. The mean size of a file in bytes.
 */
export async function writePhotographs(folder: string, count: number): Promise<number> {
  const noise = octaves();
  let bytes = 0;
  for (let index = 0; index < count; index++) {
    const data = await sharp(deadLeaves(index, noise), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .jpeg({ quality: QUALITY })
      .toBuffer();
    const file = join(folder, `class-${index % 2}`, `${String(index).padStart(4, '0')}.jpg`);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, data);
    bytes += data.length;
  }
  return bytes / count;
}

/** HEIGHT × WIDTH × 3. */
export function deadLeaves(index: number, noise: Float32Array): Uint8Array {
  const draws = new RandomStream(1, StreamPurpose.statistics, index);
  const uniform = () => draws.uniform();
  const pixels = new Uint8ClampedArray(WIDTH * HEIGHT * 3).fill(110);
  for (let leaf = 0; leaf < LEAVES; leaf++) {
    const radius = SMALLEST / Math.sqrt(1 - uniform() * (1 - (SMALLEST / LARGEST) ** 2));
    const [x, y] = [uniform() * WIDTH, uniform() * HEIGHT];
    const light = 40 + 170 * uniform();
    const colour = [0, 1, 2].map(() => light + 60 * (uniform() - 0.5));
    const [slopeX, slopeY] = [60 * (uniform() - 0.5), 60 * (uniform() - 0.5)];
    const grain = 6 + 40 * uniform() ** 2;
    const shift = draws.below(NOISE_SIDE * NOISE_SIDE);
    for (let row = Math.max(0, Math.ceil(y - radius)); row < Math.min(HEIGHT, y + radius); row++) {
      const half = Math.sqrt(radius ** 2 - (row - y) ** 2);
      for (let column = Math.max(0, Math.ceil(x - half)); column < Math.min(WIDTH, x + half); column++) {
        const texture = noise[(row * NOISE_SIDE + column + shift) % noise.length]!;
        const shade = (slopeX * (column - x) + slopeY * (row - y)) / radius + grain * texture;
        const at = (row * WIDTH + column) * 3;
        for (let channel = 0; channel < 3; channel++) pixels[at + channel] = colour[channel]! + shade;
      }
    }
  }
  return new Uint8Array(pixels.buffer);
}

/** Noise of unit variance or so: octaves of halving amplitude and doubling frequency, NOISE_SIDE × NOISE_SIDE. */
export function octaves(): Float32Array {
  const draws = new RandomStream(2, StreamPurpose.statistics);
  const noise = new Float32Array(NOISE_SIDE * NOISE_SIDE);
  for (let cell = 1; cell <= 16; cell *= 2) {
    const side = NOISE_SIDE / cell;
    const knots = Float32Array.from({ length: side * side }, () => 2 * draws.uniform() - 1);
    const weight = Math.sqrt(cell / 16);
    for (let row = 0; row < NOISE_SIDE; row++)
      for (let column = 0; column < NOISE_SIDE; column++) {
        const [y, x] = [row / cell, column / cell];
        const [top, left] = [Math.floor(y), Math.floor(x)];
        const knot = (dy: number, dx: number) => knots[((top + dy) % side) * side + ((left + dx) % side)]!;
        const above = knot(0, 0) + (x - left) * (knot(0, 1) - knot(0, 0));
        const below = knot(1, 0) + (x - left) * (knot(1, 1) - knot(1, 0));
        noise[row * NOISE_SIDE + column]! += weight * (above + (y - top) * (below - above));
      }
  }
  return noise;
}
