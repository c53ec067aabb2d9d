import sharp from 'sharp';
import { layOutSheet, MARGIN, type SheetLayout, TITLE_HEIGHT } from './sheet-layout.js';

export interface SheetImage {
  /** Three channels, 0…255, as high as wide. */
  readonly pixels: Uint8ClampedArray;
  /** Below it. */
  readonly name: string;
  /** Below that, smaller. */
  readonly note: string;
}

export interface SheetOptions {
  readonly title: string;
  readonly images: readonly SheetImage[];
  /** Height and width of an image, in pixels. */
  readonly inputSize: number;
  readonly columns: number;
}

const PAPER = 250;
const TITLE_SIZE = 15;
const NAME_SIZE = 13;
const NOTE_SIZE = 11;
/** A letter of DejaVu Sans is about so much of the font's size wide: what does not fit is cut. */
const LETTER = 0.6;

/** A PNG with the images in rows, each with its name. Its texts need a font that fontconfig finds. */
export function contactSheet(options: SheetOptions): Promise<Buffer> {
  const { images, inputSize, columns } = options;
  const layout = layOutSheet(images.length, inputSize, columns);
  const { width, height } = layout;
  return sharp(paint(images, inputSize, layout), { raw: { width, height, channels: 3 } })
    .composite([{ input: Buffer.from(captions(options, layout)) }])
    .removeAlpha()
    .png()
    .toBuffer();
}

function paint(images: readonly SheetImage[], inputSize: number, layout: SheetLayout): Uint8Array {
  const { width, height, enlarge, side, places } = layout;
  const sheet = new Uint8Array(width * height * 3).fill(PAPER);
  for (const [at, { pixels }] of images.entries()) {
    const { left, top } = places[at]!;
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) {
        const from = (Math.floor(y / enlarge) * inputSize + Math.floor(x / enlarge)) * 3;
        sheet.set(pixels.subarray(from, from + 3), ((top + y) * width + left + x) * 3);
      }
  }
  return sheet;
}

/** The texts of a sheet, as an SVG of its size. */
export function captions({ title, images }: SheetOptions, { width, height, side, places }: SheetLayout): string {
  const text = (x: number, y: number, size: number, colour: string, content: string, room: number) =>
    `<text x="${x}" y="${y}" font-size="${size}" fill="${colour}">${escaped(fitting(content, room, size))}</text>`;
  const texts = images.flatMap(({ name, note }, at) => {
    const { left, top } = places[at]!;
    return [
      text(left, top + side + 15, NAME_SIZE, '#111', name, side),
      text(left, top + side + 29, NOTE_SIZE, '#666', note, side),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="DejaVu Sans, Arial, sans-serif">`,
    text(MARGIN, TITLE_HEIGHT - 8, TITLE_SIZE, '#111', title, width - 2 * MARGIN),
    ...texts,
    '</svg>',
  ].join('\n');
}

function fitting(content: string, room: number, size: number): string {
  const letters = [...content];
  const most = Math.max(1, Math.floor(room / (LETTER * size)));
  return letters.length <= most ? content : `${letters.slice(0, most - 1).join('')}…`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escaped(content: string): string {
  // XML has no way to write a control character.
  return content.replace(/[&<>]/g, (character) => ENTITIES[character]!).replace(/\p{Cc}/gu, '\u{fffd}');
}
