import { join } from 'node:path';
import { dealMicroBatches } from '@tandem/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluationPieceCount, evaluationPieceSize } from '../sampling/evaluation-pieces.js';
import { pattern, png, temporaryFolder, writeIdxSet, writeTo } from '../testing/fixtures.js';
import { EvaluationStream, type EvaluationStreamOptions } from './evaluation-stream.js';

const root = temporaryFolder();
const path = join(root, 'idx');
beforeAll(() => {
  writeIdxSet(path, 11, 6);
});
const options: EvaluationStreamOptions = {
  source: { format: 'idx', path },
  samples: 11,
  plan: {
    inputSize: 4,
    resize: undefined,
    pad: 2,
    randomCrop: true,
    mirror: true,
    flip: false,
    quarterTurns: false,
    scale: 1,
    crops: 1,
  },
  mean: [0],
  pieces: { start: 0, end: 3 },
  pieceSize: 4,
};

async function collect(given: EvaluationStreamOptions) {
  const stream = await EvaluationStream.open(given);
  const pieces = [];
  try {
    for (let piece = await stream.next(); piece !== undefined; piece = await stream.next()) {
      const { release, ...rest } = piece;
      pieces.push({ ...rest, images: piece.images.slice(), labels: piece.labels.slice() });
      release();
    }
    expect(await stream.next()).toBeUndefined();
  } finally {
    await stream.close();
  }
  return pieces;
}

describe('EvaluationStream', { timeout: 60_000 }, () => {
  it('gives the set in order, cut in pieces, the centre of every image', async () => {
    const pieces = await collect(options);
    expect(pieces.map(({ index, firstSample, samples }) => [index, firstSample, samples])).toEqual([
      [0, 0, 4],
      [1, 4, 4],
      [2, 8, 3],
    ]);
    expect(pieces.flatMap(({ labels }) => [...labels])).toEqual(Array.from({ length: 11 }, (_, index) => index % 3));
    const pixels = pattern(11 * 36);
    const centres = Array.from({ length: 11 * 16 }, (_, at) => {
      const [image, row, column] = [at >> 4, (at >> 2) & 3, at & 3];
      return pixels[image * 36 + (row + 1) * 6 + column + 1];
    });
    expect(pieces.flatMap(({ images }) => [...images])).toEqual(centres);
  });

  it('gives a rank its pieces and no others', async () => {
    const all = await collect(options);
    expect(await collect({ ...options, pieces: { start: 1, end: 3 } })).toEqual(all.slice(1));
    expect(await collect({ ...options, pieces: { start: 2, end: 2 } })).toEqual([]);
  });

  it('leaves unreadable images out of their pieces, where it is told to', async () => {
    const folder = join(root, 'some-broken');
    for (let index = 0; index < 7; index++)
      writeTo(
        join(folder, 'a', `${index}.png`),
        [1, 3, 4, 5].includes(index) ? 'none' : await png(4, 4, 3, pattern(48, index)),
      );
    const given = {
      ...options,
      source: { format: 'image-folder', path: folder } as const,
      samples: 7,
      mean: [0, 0, 0],
      pieceSize: 2,
      pieces: { start: 0, end: 4 },
    };
    const met: string[] = [];
    const pieces = await collect({ ...given, onError: 'skip', onUnreadable: ({ name }) => met.push(name) });
    expect(pieces.map(({ index, samples }) => [index, samples])).toEqual([
      [0, 1],
      [1, 1],
      [2, 0],
      [3, 1],
    ]);
    expect(pieces.map(({ images }) => images.length)).toEqual([48, 48, 0, 48]);
    expect(met).toEqual([1, 3, 4, 5].map((index) => join(folder, 'a', `${index}.png`)));
    await expect(collect(given)).rejects.toMatchObject({ code: 'TANDEM_DATA_IMAGE' });
  });

  it('gives ten crops of every image, the same whoever is dealt the piece', async () => {
    const ten: EvaluationStreamOptions = { ...options, crops: 10 };
    const all = await collect(ten);
    expect(all.map(({ samples, crops, images }) => [samples, crops, images.length])).toEqual([
      [4, 10, 640],
      [4, 10, 640],
      [3, 10, 480],
    ]);
    for (const world of [2, 3])
      for (let rank = 0; rank < world; rank++) {
        const pieces = dealMicroBatches(3, world, rank);
        expect(await collect({ ...ten, pieces })).toEqual(all.slice(pieces.start, pieces.end));
      }
    // Crop 4 of every image is the centre, crop 9 the centre mirrored.
    const centres = await collect(options);
    for (const [at, piece] of all.entries())
      for (let sample = 0; sample < piece.samples; sample++) {
        const crop = (index: number) => piece.images.slice((sample * 10 + index) * 16, (sample * 10 + index + 1) * 16);
        const centre = centres[at]!.images.slice(sample * 16, (sample + 1) * 16);
        expect(crop(4)).toEqual(centre);
        expect([...crop(9)]).toEqual([0, 4, 8, 12].flatMap((row) => [...centre.slice(row, row + 4)].reverse()));
      }
  });

  it('counts the pieces', () => {
    expect(evaluationPieceSize({ everyEpochs: 1, batch: 64, crops: 1 })).toBe(64);
    expect(evaluationPieceSize({ everyEpochs: 1, batch: 64, crops: 10 })).toBe(6);
    expect(evaluationPieceSize({ everyEpochs: 1, batch: 4, crops: 10 })).toBe(1);
    expect([evaluationPieceCount(11, 4), evaluationPieceCount(8, 4), evaluationPieceCount(1, 4)]).toEqual([3, 2, 1]);
  });
});
