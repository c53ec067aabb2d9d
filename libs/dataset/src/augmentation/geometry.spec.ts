import { ConfigurationError, RandomStream, StreamPurpose } from '@tandem/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cropGeometry, tenCrops } from './geometry.js';
import type { AugmentationPlan } from './plan.js';

const training: AugmentationPlan = {
  inputSize: 5,
  resize: undefined,
  pad: 2,
  randomCrop: true,
  mirror: true,
  flip: false,
  quarterTurns: false,
  scale: 1,
  crops: 1,
};
const centre: AugmentationPlan = {
  inputSize: 5,
  resize: undefined,
  pad: 0,
  randomCrop: false,
  mirror: false,
  flip: false,
  quarterTurns: false,
  scale: 1,
  crops: 1,
};
const upright = { mirror: false, flip: false, turns: 0 };
const key = { seed: 1, epoch: 1, sample: 0 };
const size = (width: number, height: number) => ({ name: 'a.png', width, height });

describe('cropGeometry', () => {
  it('keeps the crop within the padded image, and reaches every place of it', () => {
    const tops = new Set<number>();
    let mirrored = 0;
    for (let sample = 0; sample < 400; sample++) {
      const { top, left, mirror } = cropGeometry(training, size(6, 5), { ...key, sample });
      expect(top >= -2 && top <= 2 && left >= -2 && left <= 3).toBe(true);
      tops.add(top);
      if (mirror) mirrored++;
    }
    expect([...tops].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
    expect(mirrored).toBeGreaterThan(150);
    expect(mirrored).toBeLessThan(250);
  });

  it('is a function of seed, epoch and sample', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (seed, epoch, sample) => {
        expect(cropGeometry(training, size(90, 80), { seed, epoch, sample })).toEqual(
          cropGeometry(training, size(90, 80), { seed, epoch, sample }),
        );
      }),
    );
    const draws = [key, { ...key, seed: 2 }, { ...key, epoch: 2 }, { ...key, sample: 1 }].map((each) =>
      JSON.stringify(cropGeometry(training, size(900, 800), each)),
    );
    expect(new Set(draws).size).toBe(4);
  });

  it('draws the same crop with mirroring on or off', () => {
    for (let sample = 0; sample < 20; sample++) {
      const { top, left } = cropGeometry(training, size(9, 9), { ...key, sample });
      expect(cropGeometry({ ...training, mirror: false }, size(9, 9), { ...key, sample })).toEqual({
        top,
        left,
        ...upright,
      });
    }
  });

  it('draws flips and turns after them, all eight ways of a square equally often', () => {
    const all = { ...training, flip: true, quarterTurns: true };
    const ways = new Map<string, number>();
    for (let sample = 0; sample < 1600; sample++) {
      const [plain, turned] = [training, all].map((plan) => cropGeometry(plan, size(9, 9), { ...key, sample }));
      const draws = new RandomStream(1, StreamPurpose.augmentation, 1, sample);
      for (const bound of [9, 9, 2]) draws.below(bound);
      const [flip, turns] = [draws.below(2) === 1, draws.below(4)];
      expect(turned).toEqual({ ...plain, flip, turns });
      for (const [key, only] of [
        ['flip', { flip, turns: 0 }],
        ['quarterTurns', { flip: false, turns }],
      ] as const)
        expect(cropGeometry({ ...training, [key]: true }, size(9, 9), { seed: 1, epoch: 1, sample })).toEqual({
          ...plain,
          ...only,
        });
      const way = JSON.stringify([flip, turns]);
      ways.set(way, (ways.get(way) ?? 0) + 1);
    }
    expect(ways.size).toBe(8);
    for (const times of ways.values()) expect(Math.abs(times - 200)).toBeLessThan(60);
  });

  it('turns the centre where only that is drawn', () => {
    const turning = { ...centre, quarterTurns: true };
    const turns = Array.from({ length: 40 }, (_, sample) => {
      const geometry = cropGeometry(turning, size(9, 5), { ...key, sample });
      expect(geometry).toMatchObject({ top: 0, left: 2, mirror: false, flip: false });
      return geometry.turns;
    });
    expect(new Set(turns)).toEqual(new Set([0, 1, 2, 3]));
  });

  it('takes the centre when nothing is drawn', () => {
    expect(cropGeometry(centre, size(9, 5), key)).toEqual({ top: 0, left: 2, ...upright });
    expect(cropGeometry(centre, size(8, 6), key)).toEqual({ top: 0, left: 1, ...upright });
  });

  it('names an image that is smaller than the crop', () => {
    expect(() => cropGeometry(centre, size(4, 9), key)).toThrow(ConfigurationError);
    expect(() => cropGeometry(centre, size(4, 9), key)).toThrow(
      'a.png: the image is 4×9 pixels and a crop of 5×5 does not fit',
    );
    expect(() => cropGeometry({ ...training, pad: 1 }, size(2, 9), key)).toThrow(
      'padded by 1, and a crop of 5×5 does not fit. Expected at least 3 pixels',
    );
  });
});

describe('tenCrops', () => {
  it('takes the corners of the central square and the centre, then mirrors them', () => {
    const places = (width: number, height: number) =>
      tenCrops(centre, size(width, height)).map(
        ({ top, left, mirror }) => `${top},${left}${mirror ? ' mirrored' : ''}`,
      );
    const wide = ['0,3', '0,6', '3,3', '3,6', '1,4'];
    expect(places(14, 8)).toEqual([...wide, ...wide.map((place) => `${place} mirrored`)]);
    expect(places(8, 14).slice(0, 5)).toEqual(['3,0', '3,3', '6,0', '6,3', '4,1']);
    expect(places(5, 5)).toEqual([...Array<string>(5).fill('0,0'), ...Array<string>(5).fill('0,0 mirrored')]);
  });

  it('has the crop of one in its middle', () => {
    for (const [width, height] of [
      [9, 8],
      [6, 13],
      [7, 7],
    ] as const)
      expect(tenCrops(centre, size(width, height))[4]).toEqual(cropGeometry(centre, size(width, height), key));
  });

  it('names an image that is smaller than a crop', () => {
    expect(() => tenCrops(centre, size(9, 4))).toThrow('a.png: the image is 9×4 pixels and a crop of 5×5 does not fit');
  });
});
