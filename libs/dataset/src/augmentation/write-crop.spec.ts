import { describe, expect, it } from 'vitest';
import { pixelTable, writeCrop } from './write-crop.js';

const grey = { width: 3, height: 3, channels: 1, data: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]) };
const crop = (
  image: typeof grey,
  top: number,
  left: number,
  mirror: boolean,
  size: number,
  mean: readonly number[],
  more: { flip?: boolean; turns?: number } = {},
) => {
  const out = new Float32Array(size * size * image.channels);
  writeCrop(image, { top, left, mirror, flip: false, turns: 0, ...more }, size, pixelTable(mean, 1), out);
  return [...out];
};

describe('writeCrop', () => {
  it('cuts', () => {
    expect(crop(grey, 1, 0, false, 2, [0])).toEqual([4, 5, 7, 8]);
  });

  it('mirrors what it cut', () => {
    expect(crop(grey, 1, 0, true, 2, [0])).toEqual([5, 4, 8, 7]);
  });

  it('turns what it cut upside down', () => {
    expect(crop(grey, 1, 0, false, 2, [0], { flip: true })).toEqual([7, 8, 4, 5]);
  });

  it.each([
    [1, [7, 4, 1, 8, 5, 2, 9, 6, 3]],
    [2, [9, 8, 7, 6, 5, 4, 3, 2, 1]],
    [3, [3, 6, 9, 2, 5, 8, 1, 4, 7]],
  ])('turns it clockwise by quarters: %i', (turns, expected) => {
    expect(crop(grey, 0, 0, false, 3, [0], { turns })).toEqual(expected);
  });

  it('mirrors, then turns upside down, then turns', () => {
    // 4 5 / 7 8 mirrored is 5 4 / 8 7, upside down 8 7 / 5 4, and a quarter further 5 8 / 4 7.
    expect(crop(grey, 1, 0, true, 2, [0], { flip: true, turns: 1 })).toEqual([5, 8, 4, 7]);
  });

  it('turns what is outside with it', () => {
    expect(crop(grey, -1, 2, false, 2, [0], { turns: 1 })).toEqual([3, 0, 0, 0]);
    expect(crop(grey, 2, -1, true, 2, [0], { flip: true, turns: 3 })).toEqual([0, 0, 0, 7]);
  });

  it('takes what is outside as 0, before the mean', () => {
    expect(crop(grey, -1, 2, false, 2, [1])).toEqual([-1, -1, 2, -1]);
    expect(crop(grey, -1, 2, true, 2, [1])).toEqual([-1, -1, -1, 2]);
    expect(crop(grey, 2, -1, false, 2, [0])).toEqual([0, 7, 0, 0]);
  });

  it('takes each channel’s own mean, rounded to float32 once', () => {
    const colour = { width: 2, height: 2, channels: 3, data: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) };
    const mean = [0.1, 1.5, 200];
    expect(crop(colour, 1, 1, false, 1, mean)).toEqual([Math.fround(10 - 0.1), 9.5, -188]);
    expect(crop(colour, 0, 0, true, 2, [0, 0, 0])).toEqual([4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9]);
    // a b / c d mirrored is b a / d c, upside down d c / b a, and a quarter further b d / a c.
    const turned = crop(colour, 0, 0, true, 2, [0, 0, 0], { flip: true, turns: 1 });
    expect(turned).toEqual([4, 5, 6, 10, 11, 12, 1, 2, 3, 7, 8, 9]);
  });

  it('scales what is left of a pixel', () => {
    expect([...pixelTable([2], 0.5).subarray(0, 4)]).toEqual([-1, -0.5, 0, 0.5]);
    expect(pixelTable([72.5], 1 / 255)[255]).toBe(Math.fround((255 - 72.5) * (1 / 255)));
  });

  it('shifts a channel, beyond what a pixel can be too', () => {
    const table = pixelTable([2, 4], 0.5, [1, -10]);
    expect([table[0], table[255], table[256], table[511]]).toEqual([-0.5, 127, -7, 120.5]);
  });

  it('refuses memory or means of another size', () => {
    expect(() => crop(grey, 0, 0, false, 2, [0, 0])).toThrow('2 means do not match 1 channels');
    expect(() => {
      writeCrop(
        grey,
        { top: 0, left: 0, mirror: false, flip: false, turns: 0 },
        2,
        pixelTable([0], 1),
        new Float32Array(3),
      );
    }).toThrow('does not fill 3 floats');
  });
});
