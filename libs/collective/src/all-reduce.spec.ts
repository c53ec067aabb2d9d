import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalFold, exactSum } from './testing/expected.js';
import { runRanks } from './testing/ranks.js';
import type { Rank, Shape } from './testing/ranks.js';

const worldSizes = [1, 2, 3, 4, 5, 7];
const bitsOf = (values: Float32Array | undefined): Buffer => Buffer.from((values as Float32Array).slice().buffer);

function total(shape: Shape): number {
  return shape.lengths.reduce((sum, length) => sum + length, 0);
}

function expectCanonical(ranks: readonly Rank[], shape: Shape): void {
  for (let step = 1; step <= (shape.steps ?? 1); step++) {
    const expected = bitsOf(canonicalFold(step, shape.microBatches, total(shape), shape.encoding));
    for (const rank of ranks) expect(bitsOf(rank.means[step - 1]).equals(expected)).toBe(true);
  }
}

function expectMean(ranks: readonly Rank[], shape: Shape): void {
  for (let step = 1; step <= (shape.steps ?? 1); step++) {
    const mean = ranks[0]?.means[step - 1] as Float32Array;
    for (const rank of ranks) expect(bitsOf(rank.means[step - 1]).equals(bitsOf(mean))).toBe(true);
    for (const [at, { sum, magnitude }] of exactSum(step, shape.microBatches, total(shape)).entries())
      if (!(Math.abs((mean[at] as number) - sum) <= magnitude * shape.microBatches * 2 ** -24))
        expect.fail(`element ${at} of step ${step} is ${mean[at]}, the mean ${sum}`);
  }
}

describe.each(worldSizes)('a world of %i', (worldSize) => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])(
    'adds up %i micro-batches, of any length, in any chunks',
    async (microBatches) => {
      for (const lengths of [[0], [1], [2], [3], [5], [1000]])
        for (const chunkBytes of [1000, 1024, 65536]) {
          const shape = { worldSize, microBatches, lengths, chunkBytes, network: { seed: microBatches } };
          const canonical = { ...shape, order: 'canonical' as const };
          expectCanonical(await runRanks(canonical), canonical);
          const lent = { ...canonical, network: { seed: microBatches, lends: true } };
          expectCanonical(await runRanks(lent), lent);
          const fast = { ...shape, order: 'fast' as const };
          expectMean(await runRanks(fast), fast);
        }
    },
  );

  it.each([
    ['canonical', false],
    ['canonical', true],
    ['fast', false],
    ['fast', true],
  ] as const)(
    'is %s over several buckets and steps, with the buffers used again (read by peers where they lie: %s)',
    async (order, lends) => {
      const lengths = [4097, 3, 0, 1000, 1];
      const shape: Shape = {
        ...{ order, worldSize, microBatches: 6, lengths, chunkBytes: 1024, steps: 4 },
        network: { seed: worldSize, unaligned: true, lends },
      };
      const ranks = await runRanks(shape);
      if (order === 'canonical') expectCanonical(ranks, shape);
      expectMean(ranks, shape);
    },
  );
});

describe('random shapes', () => {
  const shapes = fc.record({
    worldSize: fc.integer({ min: 1, max: 9 }),
    microBatches: fc.integer({ min: 1, max: 17 }),
    lengths: fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 4 }),
    chunkBytes: fc.integer({ min: 4, max: 100 }),
    steps: fc.integer({ min: 1, max: 3 }),
    network: fc.record({ seed: fc.nat(), unaligned: fc.boolean(), lends: fc.boolean() }),
  });
  const encoding = fc.constantFrom('float32' as const, 'bfloat16' as const);

  it('give the bits of the canonical fold, whatever the world size', async () => {
    const check = fc.asyncProperty(shapes, encoding, async (random, encoding) => {
      const shape = { ...random, encoding, order: 'canonical' as const };
      expectCanonical(await runRanks(shape), shape);
    });
    await fc.assert(check, { numRuns: 60 });
  });

  it('give the mean in fast order, the same on all ranks', async () => {
    const check = fc.asyncProperty(shapes, async (random) => {
      const shape = { ...random, order: 'fast' as const };
      expectMean(await runRanks(shape), shape);
    });
    await fc.assert(check, { numRuns: 60 });
  });
});

describe('bytes sent', () => {
  const lengths = [840 * 3, 840];
  const bytes = 840 * 4 * 4;

  it.each(worldSizes)(
    'are 2(N − 1)/N of the gradients for N = %i, one micro-batch a rank, in either order',
    async (worldSize) => {
      for (const order of ['canonical', 'fast'] as const) {
        const shape = { order, worldSize, microBatches: worldSize, lengths, chunkBytes: 1000, steps: 2 };
        for (const rank of await runRanks(shape)) {
          const expected = (2 * (worldSize - 1) * bytes) / worldSize;
          expect(rank.bytes).toEqual([expected, expected]);
        }
      }
    },
  );

  it('are (partial sums + 1)(N − 1)/N in canonical order', async () => {
    const ranks = await runRanks({ order: 'canonical', worldSize: 3, microBatches: 8, lengths, chunkBytes: 1000 });
    expect(ranks.map((rank) => rank.bytes[0])).toEqual([(2 * 2 * bytes) / 3, (3 * 2 * bytes) / 3, (3 * 2 * bytes) / 3]);
  });

  it('are half as many where single micro-batches and means travel as bfloat16', async () => {
    const shape = { order: 'canonical' as const, lengths, chunkBytes: 1000, encoding: 'bfloat16' as const };
    for (const lends of [false, true])
      for (const rank of await runRanks({ ...shape, worldSize: 4, microBatches: 4, network: { lends } }))
        expect(rank.bytes).toEqual([(2 * 3 * (bytes / 2)) / 4]);
    // Two micro-batches a rank: their sum travels as float32, the mean as bfloat16.
    for (const rank of await runRanks({ ...shape, worldSize: 2, microBatches: 4 }))
      expect(rank.bytes).toEqual([bytes / 2 + bytes / 4]);
  });
});
