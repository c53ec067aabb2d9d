import { join } from 'node:path';

export interface SmallRun {
  readonly workers: number;
  readonly globalBatch: number;
  readonly microBatches: number;
  /** Of the section `exchange`. */
  readonly exchange: Readonly<Record<string, string>>;
}

/** The configuration of the small network on the benchmark's images, whose bytes are quickly measured at any world size. */
export function smallConfig(scratch: string, { globalBatch, microBatches, exchange }: SmallRun): string {
  return `
model: { name: small, inputSize: 28 }
data: { format: image-folder, train: ${join(scratch, 'images')}, mean: [128, 128, 128] }
training: { globalBatch: ${globalBatch}, microBatches: ${microBatches}, epochs: 100000, seed: 1 }
exchange: ${JSON.stringify(exchange)}
`;
}

/** Both orders, every way of dense layers, with and without compression; micro-batches that are one a rank, several, and unevenly dealt. */
export function smallRuns(worlds: readonly number[]): SmallRun[] {
  const ways: readonly Readonly<Record<string, string>>[] = [
    { order: 'canonical', dense: 'auto', compression: 'none' },
    { order: 'canonical', dense: 'factors', compression: 'bf16' },
    { order: 'canonical', dense: 'all-reduce', compression: 'bf16' },
    { order: 'fast', dense: 'all-reduce', compression: 'none' },
    { order: 'fast', dense: 'factors', compression: 'none' },
  ];
  return worlds.flatMap((workers) =>
    ways.map((exchange, at) => ({ workers, globalBatch: 50, microBatches: [8, 6, 10, 8, 5][at]!, exchange })),
  );
}
