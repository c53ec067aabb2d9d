/**
 * Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3" (SC'11). A draw is a pure function of (key, counter): whoever computes it, on whichever rank, gets the same.
 */
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

export type PhiloxCounter = readonly [number, number, number, number];
export type PhiloxKey = readonly [number, number];

/** The high 32 bits of the 64-bit product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/** Four unsigned 32-bit integers for one (counter, key). */
export function philox4x32(counter: PhiloxCounter, key: PhiloxKey): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0 >>> 0);
    const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0;
    const high1 = multiplyHigh(MULTIPLIER_1, c2 >>> 0);
    const low1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** What a draw is for: separates the streams of one seed, so that no two purposes ever share a draw. */
export const StreamPurpose = {
  order: 1,
  augmentation: 2,
  dropout: 3,
  initialWeights: 4,
  split: 5,
  statistics: 6,
  colour: 7,
  subset: 8,
  replacement: 12,
  resizedCrop: 13,
} as const;
export type StreamPurpose = (typeof StreamPurpose)[keyof typeof StreamPurpose];

/**
 * The sequence of draws for one (seed, purpose, a, b), where a and b are such as epoch and sample. `seed` is any
 * unsigned integer below 2^53; draws are numbered by the third counter word, so a stream has 2^34 of them.
 */
export class RandomStream {
  readonly #key: PhiloxKey;
  readonly #purpose: StreamPurpose;
  readonly #a: number;
  readonly #b: number;
  #block: readonly number[] = [];
  #next = 0;
  #blocks = 0;

  constructor(seed: number, purpose: StreamPurpose, a = 0, b = 0) {
    this.#key = [seed >>> 0, (Math.floor(seed / 0x1_0000_0000) ^ Math.imul(purpose, WEYL_0)) >>> 0];
    this.#purpose = purpose;
    this.#a = a;
    this.#b = b;
  }

  /** Uniform over the unsigned 32-bit integers. */
  uint32(): number {
    if (this.#next === this.#block.length) {
      this.#block = philox4x32([this.#a >>> 0, this.#b >>> 0, this.#blocks++, this.#purpose], this.#key);
      this.#next = 0;
    }
    return this.#block[this.#next++] as number;
  }

  /** Uniform in [0, 1), with 32 random bits. */
  uniform(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** Uniform over 0 … bound − 1, without bias (Lemire's rejection, arXiv 1805.10941). `bound` is at most 2^32. */
  below(bound: number): number {
    const threshold = (0x1_0000_0000 - bound) % bound;
    for (;;) {
      const draw = this.uint32();
      const high = Math.floor((draw * bound) / 0x1_0000_0000);
      const low = Math.imul(draw, bound) >>> 0;
      if (low >= threshold) return draw * bound <= Number.MAX_SAFE_INTEGER ? high : multiplyHigh(draw, bound);
    }
  }

  /** Standard normal, by Box and Muller; two draws each. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }
}
