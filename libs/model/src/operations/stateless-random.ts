import { philox4x32, type PhiloxKey } from '@tandem/core';
import type { SeedPair } from './operations.js';

/** TensorFlow's constants: the seeds are mixed by one draw of a fixed key, whose words make the key and half of the counter. */
const SCRAMBLE: PhiloxKey = [0x3ec8f720, 0x02461e29];
const PER_BLOCK = 4;
const MANTISSA = 0x7fffff;
const LEAST_UNIFORM = Math.fround(1e-7);

/** The numbers of TensorFlow's StatelessRandomUniform, [0, 1) in float32, to the bit. */
export function statelessUniform(count: number, seed: SeedPair): Float32Array {
  const values = new Float32Array(count);
  forEachBlock(count, seed, (words, start) => {
    for (let at = 0; at < PER_BLOCK && start + at < count; at++) values[start + at] = unit(words[at]!);
  });
  return values;
}

/**
 * The numbers of TensorFlow's StatelessRandomNormal, by Box and Muller. TensorFlow takes logarithm, sine and cosine in float32, which
 * its C library does not always round right: some values differ from its own in their last bits.
 */
export function statelessNormal(count: number, seed: SeedPair): Float32Array {
  const { fround } = Math;
  const values = new Float32Array(count);
  forEachBlock(count, seed, (words, start) => {
    for (let pair = 0; pair < PER_BLOCK; pair += 2) {
      const radius = fround(Math.sqrt(fround(-2 * fround(Math.log(Math.max(unit(words[pair]!), LEAST_UNIFORM))))));
      const angle = fround(2 * Math.PI * unit(words[pair + 1]!));
      if (start + pair < count) values[start + pair] = fround(Math.sin(angle)) * radius;
      if (start + pair + 1 < count) values[start + pair + 1] = fround(Math.cos(angle)) * radius;
    }
  });
  return values;
}

function unit(word: number): number {
  return (word & MANTISSA) / 0x800000;
}

function forEachBlock(
  count: number,
  [first, second]: SeedPair,
  use: (words: readonly number[], start: number) => void,
): void {
  // TensorFlow widens the seeds to 64 bits, with their signs.
  const [k0, k1, c2, c3] = philox4x32([first, first >> 31, second, second >> 31], SCRAMBLE);
  for (let block = 0; block * PER_BLOCK < count; block++)
    use(philox4x32([block, 0, c2, c3], [k0, k1]), block * PER_BLOCK);
}
