import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll } from 'vitest';

/** A folder that is removed when the spec file is done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-dataset-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export function writeTo(file: string, data: string | Uint8Array): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, data);
  return file;
}

/** Pixels that differ from each other and from one `salt` to the next. */
export function pattern(bytes: number, salt = 0): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, index) => (Math.imul(index + 1, 2654435761) + salt * 97) >>> 24);
}

export function png(width: number, height: number, channels: 1 | 2 | 3 | 4, data: Uint8Array): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels } })
    .toColourspace(channels < 3 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();
}

export function jpeg(width: number, height: number, salt = 0): Promise<Buffer> {
  return sharp(pattern(width * height * 3, salt), { raw: { width, height, channels: 3 } })
    .jpeg()
    .toBuffer();
}

/** The bytes of an IDX file of unsigned bytes. */
export function idx(dimensions: readonly number[], data: Uint8Array, magic = 0x0800 + dimensions.length): Buffer {
  const header = Buffer.alloc(4 + 4 * dimensions.length);
  header.writeUInt32BE(magic);
  dimensions.forEach((dimension, axis) => header.writeUInt32BE(dimension, 4 + 4 * axis));
  return Buffer.concat([header, data]);
}

/** An IDX data set of `count` images of side `side`, labels 0, 1, 2, 0, 1, …, under `folder`. */
export function writeIdxSet(folder: string, count: number, side: number): string {
  writeTo(join(folder, 'train-images-idx3-ubyte'), idx([count, side, side], pattern(count * side * side)));
  writeTo(
    join(folder, 'train-labels-idx1-ubyte'),
    idx(
      [count],
      Uint8Array.from({ length: count }, (_, index) => index % 3),
    ),
  );
  return folder;
}

/** An image folder of `perClass` PNG and JPEG files in each class, of sizes that vary a little. */
export async function writeImageFolder(
  folder: string,
  classes: readonly string[],
  perClass: number,
  side = 20,
): Promise<string> {
  for (const [label, name] of classes.entries())
    for (let index = 0; index < perClass; index++) {
      const salt = label * perClass + index;
      const width = side + (salt % 3);
      const image =
        salt % 2 === 0 ? await png(width, side, 3, pattern(width * side * 3, salt)) : await jpeg(width, side + 1, salt);
      writeTo(join(folder, name, `${index}.${salt % 2 === 0 ? 'png' : 'jpg'}`), image);
    }
  return folder;
}
