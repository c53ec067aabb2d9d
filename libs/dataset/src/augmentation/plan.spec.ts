import { ConfigurationError } from '@tandem/core';
import { parseConfig } from '@tandem/core/config';
import { describe, expect, it } from 'vitest';
import { compileAugmentation, imageLength, withoutAugmentation } from './plan.js';

const compile = (augment: string, format: 'image-folder' | 'idx', inputSize: number) =>
  compileAugmentation(
    parseConfig(`{ model: { name: small }, data: { format: ${format}, train: t }, augment: ${augment} }`),
    { format, inputSize },
  );

describe('compileAugmentation', () => {
  it.each([
    ['{}', 'image-folder', 227, { inputSize: 227, resize: 256, pad: 0, randomCrop: true, mirror: true }],
    ['{}', 'image-folder', 64, { inputSize: 64, resize: 72, pad: 0, randomCrop: true, mirror: true }],
    ['{}', 'idx', 28, { inputSize: 28, resize: undefined, pad: 2, randomCrop: true, mirror: true }],
    ['{ enabled: false }', 'idx', 28, { inputSize: 28, resize: undefined, pad: 0, randomCrop: false, mirror: false }],
    [
      '{ enabled: false, pad: 3 }',
      'image-folder',
      227,
      { inputSize: 227, resize: 256, pad: 0, randomCrop: false, mirror: false },
    ],
    [
      '{ mirror: false, pad: 4, resize: 32 }',
      'idx',
      28,
      { inputSize: 28, resize: 32, pad: 4, randomCrop: true, mirror: false },
    ],
  ] as const)('fills in %s for %s at %i', (augment, format, inputSize, plan) => {
    expect(compile(augment, format, inputSize)).toEqual({
      ...plan,
      flip: false,
      quarterTurns: false,
      scale: 1 / 255,
      crops: 1,
    });
  });

  it('takes a resized crop in the place of padding and a crop', () => {
    const usual = { scale: [0.08, 1], ratio: [3 / 4, 4 / 3] };
    const resized = { randomCrop: false, pad: 0, mirror: true };
    expect(compile('{ crop: random-resized }', 'idx', 28)).toMatchObject({ ...resized, resizedCrop: usual });
    expect(compile('{ crop: random-resized, scale: [0.5, 0.9], ratio: [1, 2] }', 'image-folder', 227)).toMatchObject({
      ...resized,
      resize: 256,
      resizedCrop: { scale: [0.5, 0.9], ratio: [1, 2] },
    });
    expect(compile('{ crop: random-resized, enabled: false }', 'idx', 28)).toEqual(
      compile('{ enabled: false }', 'idx', 28),
    );
  });

  it('flips and turns where that is asked for', () => {
    expect(compile('{ flip: true, rotate: quarter }', 'idx', 28)).toMatchObject({ flip: true, quarterTurns: true });
    expect(compile('{ flip: true, rotate: quarter, enabled: false }', 'idx', 28)).toMatchObject({
      flip: false,
      quarterTurns: false,
    });
  });

  it('takes the scale that is given, or the network’s own', () => {
    const scaleOf = (model: string, more: string) =>
      compileAugmentation(parseConfig(`{ model: { name: ${model} }, data: { format: idx, train: t${more} } }`), {
        format: 'idx',
        inputSize: 28,
      }).scale;
    expect([scaleOf('alexnet', ''), scaleOf('small', ''), scaleOf('small', ', scale: 0.5')]).toEqual([1, 1 / 255, 0.5]);
  });

  it('refuses a resize that no crop fits', () => {
    expect(() => compile('{ resize: 200 }', 'image-folder', 227)).toThrow(ConfigurationError);
    expect(() => compile('{ resize: 200 }', 'image-folder', 227)).toThrow(
      'augment.resize is 200, less than the network',
    );
  });

  it('leaves only resize and centre for evaluation', () => {
    const off = compile('{ enabled: false }', 'idx', 28);
    expect(withoutAugmentation(compile('{}', 'idx', 28))).toEqual(off);
    expect(withoutAugmentation(compile('{ crop: random-resized, flip: true, rotate: quarter }', 'idx', 28))).toEqual(
      off,
    );
    expect(withoutAugmentation(compile('{}', 'idx', 28), 10)).toEqual({ ...off, crops: 10 });
    expect(imageLength({ ...off, crops: 10 }, 3)).toBe(10 * 28 * 28 * 3);
  });
});
