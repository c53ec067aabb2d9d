import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { AugmentationPlan } from './augmentation/plan.js';
import { imageFileRows } from './image-file-rows.js';
import { pattern, png, temporaryFolder, writeTo } from './testing/fixtures.js';

const root = temporaryFolder();
const plan: AugmentationPlan = {
  inputSize: 4,
  resize: undefined,
  pad: 0,
  randomCrop: false,
  mirror: false,
  flip: false,
  quarterTurns: false,
  scale: 0.5,
  crops: 1,
};

it('makes a file ready as a data set’s images are', async () => {
  const pixels = pattern(48);
  const file = writeTo(join(root, 'a.png'), await png(4, 4, 3, pixels));
  const mean = [1, 2, 3];
  expect([...(await imageFileRows(file, { plan, mean }))]).toEqual(
    [...pixels].map((pixel, at) => (pixel - mean[at % 3]!) / 2),
  );
  expect(await imageFileRows(file, { plan: { ...plan, crops: 10 }, mean })).toHaveLength(480);
});

it('makes a photograph grey for a network of one channel, and as small as its input', async () => {
  const file = writeTo(join(root, 'grey.png'), await png(16, 8, 1, pattern(128).fill(70)));
  expect([...(await imageFileRows(file, { plan, mean: [50] }))]).toEqual(Array(16).fill(10));
});

it('names a file that is no image', async () => {
  const file = writeTo(join(root, 'no.png'), 'no picture');
  await expect(imageFileRows(file, { plan, mean: [0] })).rejects.toMatchObject({
    code: 'TANDEM_DATA_IMAGE',
    where: file,
  });
});
