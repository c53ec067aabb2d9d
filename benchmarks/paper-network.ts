import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

/** Enough images of the size that AlexNet's data sets have; decoding them is part of the step's core, as in training. */
export async function writeImages(folder: string, width = 340, height = 256): Promise<void> {
  for (let index = 0; index < 128; index++) {
    const target = join(folder, `class-${index % 2}`);
    mkdirSync(target, { recursive: true });
    const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
    await sharp({ create: { width, height, channels: 3, background: '#808080', noise } })
      .jpeg()
      .toFile(join(target, `${index}.jpg`));
  }
}

export interface PaperRun {
  readonly images: string;
  readonly lrn: boolean;
  readonly localBatch: number;
  readonly workers: number;
  /** Of the global batch. Default: one a worker. */
  readonly microBatches?: number;
  /** Of all layers, as a part of the paper's. Default: 1. */
  readonly width?: number;
  /** Rounds of forward and backward. Default: one. */
  readonly accumulate?: number;
  /** Of the section `exchange`. */
  readonly exchange?: Readonly<Record<string, string>>;
}

/** The configuration of the paper's AlexNet at 227×227 with 1000 outputs. At the paper's rate, noise in batches of four ends in infinities. */
export function paperConfig({ images, lrn, localBatch, workers, exchange = {}, ...more }: PaperRun): string {
  const { microBatches = workers, accumulate = 1, width = 1 } = more;
  return `
model: { name: alexnet, variant: paper, classes: 1000, width: ${width}, lrn: ${lrn} }
data: { format: image-folder, train: ${images}, mean: [128, 128, 128] }
training: { globalBatch: ${localBatch * workers}, microBatches: ${microBatches}, accumulate: ${accumulate}, epochs: 100000, seed: 1 }
optimizer: { learningRate: 0.0001 }
exchange: ${JSON.stringify(exchange)}
`;
}
