import { describe, expect, it } from 'vitest';
import { ChunkGrid, shardsOf } from './shards.js';

describe('shardsOf', () => {
  it.each([
    [10, 3, [4, 3, 3]],
    [2, 3, [1, 1, 0]],
    [0, 2, [0, 0]],
    [7, 1, [7]],
  ])('cuts %i in %i', (length, worldSize, sizes) => {
    const shards = shardsOf(length, worldSize);
    expect(shards.map(({ start, end }) => end - start)).toEqual(sizes);
    expect(shards.at(-1)?.end).toBe(length);
    for (const [rank, { start }] of shards.entries()) expect(start).toBe(shards[rank - 1]?.end ?? 0);
  });
});

describe('ChunkGrid', () => {
  const grid = new ChunkGrid({ start: 3, end: 13 }, 4);

  it('cuts a shard in chunks and finds exactly these again', () => {
    expect(Array.from({ length: grid.count }, (_, chunk) => grid.at(chunk))).toEqual([
      { start: 3, end: 7 },
      { start: 7, end: 11 },
      { start: 11, end: 13 },
    ]);
    expect([grid.find(3, 4), grid.find(11, 2)]).toEqual([0, 2]);
    for (const [offset, elements] of [
      [3, 3],
      [4, 4],
      [11, 4],
      [15, 4],
      [-1, 4],
      [0, 4],
    ] as const)
      expect(grid.find(offset, elements)).toBeUndefined();
  });

  it('of an empty shard has none', () => {
    expect(new ChunkGrid({ start: 5, end: 5 }, 4).count).toBe(0);
  });
});
