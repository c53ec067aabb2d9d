import { describe, expect, it } from 'vitest';
import { pattern } from '../testing/fixtures.js';
import { cropWindow } from './crop-window.js';
import type { AugmentationPlan } from './plan.js';
import { imageLength } from './plan.js';
import { pixelTable } from './write-crop.js';
import { writeImage } from './write-image.js';

const plan: AugmentationPlan = {
  inputSize: 6,
  resize: 8,
  pad: 0,
  randomCrop: true,
  mirror: true,
  flip: false,
  quarterTurns: false,
  scale: 1,
  crops: 1,
};

describe('cropWindow', () => {
  it.each([
    ['a drawn crop', plan],
    ['a drawn crop with padding', { ...plan, pad: 3 }],
    ['flips and turns', { ...plan, flip: true, quarterTurns: true }],
    ['the centre', { ...plan, randomCrop: false, mirror: false }],
    ['ten crops', { ...plan, randomCrop: false, mirror: false, crops: 10 as const }],
  ])('is all that is needed of an image, and no more: %s', (_, options) => {
    const [width, height] = [13, 8];
    const data = pattern(width * height * 3);
    const table = pixelTable([1, 2, 3], 1);
    const sizes = new Set<string>();
    for (let sample = 0; sample < 40; sample++) {
      const key = { seed: 3, epoch: 1, sample };
      const { top, left, ...size } = cropWindow(options, width, height, key);
      const rows = Array.from({ length: size.height }, (_, row) =>
        data.slice(((top + row) * width + left) * 3, ((top + row) * width + left + size.width) * 3),
      );
      const part = { ...size, channels: 3, data: Buffer.concat(rows), cutFrom: { width, height, top, left } };
      const [whole, cut] = [{ width, height, channels: 3, data }, part].map((image) => {
        const out = new Float32Array(imageLength(options, 3));
        writeImage({ image, name: 'a.jpg', plan: options, table, key, out });
        return out;
      });
      expect(cut).toEqual(whole);
      sizes.add(`${size.width}×${size.height}`);
    }
    if (options.pad === 0 && options.crops === 1) expect([...sizes]).toEqual(['6×6']);
    if (options.crops === 10) expect([...sizes]).toEqual(['8×8']);
  });

  it('is the whole of an image that no crop fits, or that is not shown', () => {
    const key = { seed: 3, epoch: 1, sample: 0 };
    expect(cropWindow(plan, 5, 9, key)).toEqual({ top: 0, left: 0, width: 5, height: 9 });
    const outside = Array.from({ length: 20 }, (_, sample) =>
      cropWindow({ ...plan, inputSize: 2, pad: 20 }, 2, 2, { ...key, sample }),
    );
    for (const { width, height } of outside) expect(Math.min(width, height)).toBeGreaterThan(0);
  });
});
