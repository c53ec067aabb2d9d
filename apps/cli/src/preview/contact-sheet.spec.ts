import sharp from 'sharp';
import { expect, it } from 'vitest';
import { captions, contactSheet } from './contact-sheet.js';
import { layOutSheet } from './sheet-layout.js';

const image = (pixels: readonly number[], name: string) => ({
  pixels: Uint8ClampedArray.from(pixels),
  name,
  note: 'sample 7',
});
const sheet = {
  title: 'Step 1',
  images: [
    image([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9], 'cat & <dog>'),
    image(new Array<number>(12).fill(77), 'a name that is far too long for what is above it\u0007'),
  ],
  inputSize: 2,
  columns: 2,
};

it('has each image at its place, pixel by pixel', async () => {
  const { data, info } = await sharp(await contactSheet(sheet))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, enlarge, places } = layOutSheet(2, 2, 2);
  expect(info).toMatchObject({ width, height, channels: 3 });
  const at = (image: number, x: number, y: number) => {
    const { left, top } = places[image]!;
    const from = ((top + y) * width + left + x) * 3;
    return [...data.subarray(from, from + 3)];
  };
  for (const [x, y, expected] of [
    [0, 0, [255, 0, 0]],
    [enlarge - 1, enlarge - 1, [255, 0, 0]],
    [enlarge, 0, [0, 255, 0]],
    [0, enlarge, [0, 0, 255]],
    [2 * enlarge - 1, 2 * enlarge - 1, [9, 9, 9]],
    [2 * enlarge, 0, [250, 250, 250]],
    [0, -1, [250, 250, 250]],
  ] as const)
    expect(at(0, x, y)).toEqual(expected);
  expect(at(1, 5, 60)).toEqual([77, 77, 77]);
});

it('says the title, and under each image its name and note, cut to the room there is', () => {
  const svg = captions(sheet, layOutSheet(2, 2, 2));
  const texts = [...svg.matchAll(/>([^<\n]*)<\/text>/g)].map(([, text]) => text);
  // 110 pixels have room for 14 letters of 13 pixels.
  expect(texts).toEqual(['Step 1', 'cat &amp; &lt;dog&gt;', 'sample 7', 'a name that i…', 'sample 7']);
});

it('is drawn though a name has what XML cannot say', async () => {
  await expect(
    contactSheet({ ...sheet, images: [image(new Array<number>(12).fill(0), '\u0007\u{1f431}')] }),
  ).resolves.toBeDefined();
});
