import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeIdxDataset } from './support/data-sets.js';
import { checkpointDigests, lossesOf, metricsOf } from './support/run-directory.js';
import { scratchFolder } from './support/scratch.js';
import { makeImageNetSet, makeSceneFolder, makeShards } from './support/source-sets.js';
import { tandem } from './support/tandem.js';

// Contract 1 from the files to the weights: every source, and every augmentation on one of them. Each rank reads, draws and
// replaces for itself, so whatever depended on the rank, or on who read before, would show here.

const scratch = scratchFolder();
const sizes = { train: 21, evaluation: 7 };
/** Two epochs of 21 samples, 8 a step. */
const STEPS = 6;

interface Cell {
  readonly source: string;
  readonly make: (folder: string) => void | Promise<void>;
  readonly data: string;
  /** Each augmentation that the configuration asks for. */
  readonly augment: string;
  readonly more?: string;
  /** What the end of the run says. */
  readonly output?: RegExp;
}

const cells: Cell[] = [
  {
    source: 'image-folder',
    make: (folder) => makeSceneFolder(folder, { ...sizes, broken: [4, 12] }),
    data: 'format: image-folder, train: FOLDER/train, eval: FOLDER/eval, onError: skip',
    augment: 'crop: random-resized, colourJitter: { source: train }',
    output: /2 images could not be read and were gone on without/,
  },
  {
    source: 'idx',
    make: (folder) => {
      makeIdxDataset(folder, { train: sizes.train, evaluation: 20 });
    },
    data: 'format: idx, train: FOLDER/train, eval: FOLDER/eval',
    augment: 'crop: random-resized, scale: [0.3, 1], flip: true, rotate: quarter',
  },
  {
    source: 'imagenet',
    make: (folder) => makeImageNetSet(folder, sizes),
    data: 'format: imagenet, train: FOLDER/train, eval: FOLDER/eval',
    augment: 'crop: random, mirror: true, pad: 1, colourJitter: { source: imagenet }',
  },
  {
    source: 'webdataset',
    make: (folder) => makeShards(folder, { ...sizes, broken: [3] }),
    data: "format: webdataset, train: 'FOLDER/train-{0..1}.tar', eval: 'FOLDER/eval-*.tar', onError: skip",
    augment: 'crop: random, mirror: true, flip: true, rotate: quarter',
    more: 'evaluation: { batch: 20, crops: 10 }',
    output: /1 images could not be read/,
  },
];

/** Trains the cell at 1 and at 3 workers; the two run directories. */
async function trainBoth({
  source,
  make,
  data,
  augment,
  more = '',
  output: expected,
}: Cell): Promise<[string, string]> {
  const folder = join(scratch, source);
  mkdirSync(folder);
  await make(folder);
  const config = join(scratch, `${source}.yaml`);
  writeFileSync(
    config,
    `
model: { name: small, dropout: 0.5 }
data: { ${data.replaceAll('FOLDER', folder)} }
augment: { ${augment} }
training: { globalBatch: 8, microBatches: 4, epochs: 2, seed: 5 }
${more}
`,
  );
  const train = async (workers: number) => {
    const out = join(scratch, `${source}-${workers}`);
    const args = ['run', '--config', config, '--workers', String(workers), '--out', out];
    const { exitCode, output } = await tandem(args);
    expect(exitCode, output).toBe(0);
    if (expected !== undefined) expect(output).toMatch(expected);
    return out;
  };
  return [await train(1), await train(3)];
}

describe('the same losses, errors and weights at 1 and 3 workers', () => {
  it.each(cells)('$source; $augment', async (cell) => {
    const [alone, three] = await trainBoth(cell);
    expect(lossesOf(alone)).toHaveLength(STEPS);
    expect(new Set(lossesOf(alone).map((line) => line.split(' ')[1])).size).toBe(STEPS);
    expect(lossesOf(three)).toEqual(lossesOf(alone));
    const evaluations = (of: string) => metricsOf(of).filter(({ type }) => type === 'eval');
    expect(evaluations(alone)).toHaveLength(2);
    expect(evaluations(three)).toEqual(evaluations(alone));
    for (const step of [0, STEPS]) expect(checkpointDigests(three, step)).toEqual(checkpointDigests(alone, step));
    expect(metricsOf(three)[0]).toMatchObject({ worldSize: 3 });
  });
});
