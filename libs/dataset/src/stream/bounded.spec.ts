import { describe, expect, it } from 'vitest';
import { bounded } from './bounded.js';

describe('bounded', () => {
  it('runs everything, so many at once', async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    await bounded([5, 4, 3, 2, 1], 2, async (item, place) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      done[place] = item;
      running--;
    });
    expect(most).toBe(2);
    expect(done).toEqual([5, 4, 3, 2, 1]);
  });

  it('reports the earliest failure, starts no more, and waits for what runs', async () => {
    const started: number[] = [];
    const work = bounded([0, 1, 2, 3], 2, async (item) => {
      started.push(item);
      if (item === 0) await new Promise((resolve) => setImmediate(resolve));
      throw new Error(`item ${item}`);
    });
    await expect(work).rejects.toThrow('item 0');
    expect(started).toEqual([0, 1]);
  });

  it('is content with nothing to do', async () => {
    await bounded([], 3, () => Promise.reject(new Error('never')));
  });
});
