import { expect, it, vi } from 'vitest';
import { memorySource } from '../testing/memory-source.js';
import { fillRows } from './fill-rows.js';

it('decodes an image once, however many crops are taken of it', async () => {
  const image = { width: 3, height: 2, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  const source = memorySource([image, image], [0, 1]);
  const read = vi.spyOn(source, 'read');
  const target = { images: new Float32Array(20), labels: new Int32Array(2) };
  await fillRows(target, {
    source,
    plan: {
      inputSize: 1,
      resize: undefined,
      pad: 0,
      randomCrop: false,
      mirror: false,
      flip: false,
      quarterTurns: false,
      scale: 1,
      crops: 10,
    },
    mean: [0],
    seed: 0,
    epoch: 0,
    indices: Uint32Array.of(1, 0),
  });
  expect(read).toHaveBeenCalledTimes(2);
  expect([...target.images]).toEqual(Array.from({ length: 4 }, () => [1, 2, 4, 5, 2]).flat());
  expect([...target.labels]).toEqual([1, 0]);
});
