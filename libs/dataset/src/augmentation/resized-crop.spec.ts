import { describe, expect, it } from 'vitest';
import { type ResizedCrop, resizedCropRegion } from './resized-crop.js';

const usual: ResizedCrop = { scale: [0.08, 1], ratio: [3 / 4, 4 / 3] };
const key = { seed: 3, epoch: 2, sample: 5 };
const region = (crop: ResizedCrop, width: number, height: number, sample = 5) =>
  resizedCropRegion(crop, width, height, { ...key, sample });

/** By another program: a Philox of its own, then torchvision's rule. Its first draw, 451 × 384, does not fit. */
const BY_HAND = { top: 15, left: 21, width: 446, height: 353 };

describe('resizedCropRegion', () => {
  it('has the area and aspect that are asked for, rounded to pixels', () => {
    // A quarter of 40 × 40 is 20 × 20; half of 40 × 20, twice as wide as high: √(400 · 2) = 28.28, √(400 ⁄ 2) = 14.14.
    expect(region({ scale: [0.25, 0.25], ratio: [1, 1] }, 40, 40)).toMatchObject({ width: 20, height: 20 });
    expect(region({ scale: [0.5, 0.5], ratio: [2, 2] }, 40, 20)).toMatchObject({ width: 28, height: 14 });
    expect(region({ scale: [1, 1], ratio: [2, 2] }, 40, 20)).toEqual({ top: 0, left: 0, width: 40, height: 20 });
  });

  it('takes the centre where ten draws do not fit', () => {
    const whole = (ratio: ResizedCrop['ratio']): ResizedCrop => ({ scale: [1, 1], ratio });
    expect(region(whole([1, 1]), 40, 20)).toEqual({ top: 0, left: 10, width: 20, height: 20 });
    expect(region(whole([1, 1]), 20, 41)).toEqual({ top: 10, left: 0, width: 20, height: 20 });
    // torchvision: an image wider than 4 ⁄ 3 keeps its height, a narrower one than 3 ⁄ 4 its width.
    expect(region(whole([3 / 4, 4 / 3]), 100, 30)).toEqual({ top: 0, left: 30, width: 40, height: 30 });
    expect(region(whole([3 / 4, 4 / 3]), 30, 100)).toEqual({ top: 30, left: 0, width: 30, height: 40 });
    expect(region({ scale: [0.001, 0.001], ratio: [1, 1] }, 3, 3)).toEqual({ top: 0, left: 0, width: 3, height: 3 });
    expect(region(usual, 1, 900)).toMatchObject({ left: 0, width: 1, height: 1 });
  });

  it('lies within the image, everywhere in it, its area uniform and its aspect as likely wide as narrow', () => {
    const regions = Array.from({ length: 4000 }, (_, sample) => region(usual, 400, 400, sample));
    for (const { top, left, width, height } of regions) {
      expect(top >= 0 && left >= 0 && top + height <= 400 && left + width <= 400).toBe(true);
      expect(width / height).toBeGreaterThan(0.74);
      expect(width / height).toBeLessThan(1.35);
    }
    const parts = regions.map(({ width, height }) => (width * height) / 160_000);
    // Large ones fit less often: of those up to half of the image nearly all do.
    const small = parts.filter((part) => part < 0.5);
    expect(Math.min(...parts)).toBeLessThan(0.085);
    expect(small.filter((part) => part < 0.29).length / small.length).toBeCloseTo(0.5, 1);
    expect(regions.filter(({ width, height }) => width > height).length / 4000).toBeCloseTo(0.5, 1);
    expect(Math.max(...regions.map(({ left }) => left))).toBeGreaterThan(250);
  });

  it('is a function of seed, epoch and sample', () => {
    expect(region(usual, 500, 375)).toEqual(BY_HAND);
    for (const other of [{ seed: 4 }, { epoch: 3 }, { sample: 6 }])
      expect(resizedCropRegion(usual, 500, 375, { ...key, ...other })).not.toEqual(BY_HAND);
  });
});
