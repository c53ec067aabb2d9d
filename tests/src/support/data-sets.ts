import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { RandomStream, StreamPurpose } from '@tandem/core';

/** A stripe whose place says the class, under noise: enough for a network to learn. */
function pixelsOf(index: number, label: number, size: number): Uint8Array {
  const random = new RandomStream(99, StreamPurpose.split, index);
  return Uint8Array.from({ length: size * size }, (_, at) => {
    const row = Math.floor(at / size);
    const inStripe = Math.floor((row * 10) / size) === label;
    return (inStripe ? 150 : 0) + random.below(100);
  });
}

function writeIdx(folder: string, stem: string, samples: number, size: number): void {
  mkdirSync(folder, { recursive: true });
  const images = Buffer.alloc(16 + samples * size * size);
  images.writeUInt32BE(0x803, 0);
  for (const [at, value] of [samples, size, size].entries()) images.writeUInt32BE(value, 4 + 4 * at);
  const labels = Buffer.alloc(8 + samples);
  labels.writeUInt32BE(0x801, 0);
  labels.writeUInt32BE(samples, 4);
  for (let index = 0; index < samples; index++) {
    images.set(pixelsOf(index, index % 10, size), 16 + index * size * size);
    labels[8 + index] = index % 10;
  }
  writeFileSync(join(folder, `${stem}-images-idx3-ubyte`), images);
  writeFileSync(join(folder, `${stem}-labels-idx1-ubyte`), labels);
}

/** 28×28 grey images of ten classes, laid out as `tandem data fashion-mnist` does. */
export function makeIdxDataset(folder: string, { train = 620, evaluation = 130 } = {}): void {
  writeIdx(join(folder, 'train'), 'train', train, 28);
  writeIdx(join(folder, 'eval'), 't10k', evaluation, 28);
}

/** Grey 300×300 PNGs of two classes, laid out as `tandem data elpv` does. */
export async function makeImageFolder(folder: string, { train = 40, evaluation = 6 } = {}): Promise<void> {
  for (const [split, samples] of [
    ['train', train],
    ['eval', evaluation],
  ] as const)
    for (let index = 0; index < samples; index++) {
      const label = index % 2;
      const target = join(folder, split, label === 0 ? 'defective' : 'functional');
      mkdirSync(target, { recursive: true });
      await sharp(pixelsOf(index, label * 5, 300), { raw: { width: 300, height: 300, channels: 1 } })
        .png({ compressionLevel: 1 })
        .toFile(join(target, `cell-${String(index).padStart(4, '0')}.png`));
    }
}
