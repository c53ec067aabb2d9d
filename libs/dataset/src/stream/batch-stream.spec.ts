import { join } from 'node:path';
import { ConfigurationError, dealMicroBatches, type Range } from '@tandem/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { colourAxes, colourShift, IMAGENET_EIGENPAIRS } from '../augmentation/colour-jitter.js';
import { cropGeometry } from '../augmentation/geometry.js';
import type { AugmentationPlan } from '../augmentation/plan.js';
import { resizedCropRegion } from '../augmentation/resized-crop.js';
import { BatchSchedule } from '../sampling/batch-schedule.js';
import type { SourceSpec } from '../sources/image-source.js';
import { openImageSource } from '../sources/open-image-source.js';
import { jpeg, pattern, png, temporaryFolder, writeIdxSet, writeImageFolder, writeTo } from '../testing/fixtures.js';
import { tarOf } from '../testing/tar-fixtures.js';
import { type Batch, BatchStream, type BatchStreamOptions } from './batch-stream.js';
import { fillRows } from './fill-rows.js';

const root = temporaryFolder();
const idxSpec: SourceSpec = { format: 'idx', path: join(root, 'idx') };
const imageNetSpec: SourceSpec = { format: 'imagenet', path: join(root, 'imagenet') };
const shardsSpec: SourceSpec = { format: 'webdataset', path: join(root, 'shards/*.tar') };
const folderSpec: SourceSpec = { format: 'image-folder', path: join(root, 'folder') };
const idxPlan: AugmentationPlan = {
  inputSize: 6,
  resize: undefined,
  pad: 2,
  randomCrop: true,
  mirror: true,
  flip: false,
  quarterTurns: false,
  scale: 1,
  crops: 1,
};
const folderPlan: AugmentationPlan = {
  inputSize: 12,
  resize: 14,
  pad: 0,
  randomCrop: true,
  mirror: true,
  flip: false,
  quarterTurns: false,
  scale: 1,
  crops: 1,
};

// Threads have it from their start.
vi.stubEnv('TANDEM_CACHE', join(root, 'cache'));
afterAll(() => {
  vi.unstubAllEnvs();
});

beforeAll(async () => {
  writeIdxSet(idxSpec.path, 53, 6);
  await writeImageFolder(folderSpec.path, ['a', 'b', 'c'], 7);
  for (let part = 0; part < 3; part++) {
    const images = await Promise.all(
      Array.from({ length: 7 }, async (_, index) => ({
        name: `${index}.jpg`,
        data: await jpeg(15 + index, 16, 7 * part + index),
      })),
    );
    const labels = images.map((_, index) => ({ name: `${index}.cls`, data: String((part + index) % 3) }));
    writeTo(join(imageNetSpec.path, `n0000000${part}.tar`), tarOf(images));
    writeTo(join(root, `shards/${part}.tar`), tarOf([...images, ...labels]));
  }
});

const idxOptions: BatchStreamOptions = {
  source: idxSpec,
  plan: idxPlan,
  mean: [100.25],
  schedule: { samples: 53, globalBatch: 10, microBatches: 5, seed: 11 },
  deal: { start: 0, end: 5 },
  startStep: 1,
  endStep: 8,
  prefetch: 2,
};
const folderOptions: BatchStreamOptions = {
  ...idxOptions,
  source: folderSpec,
  plan: folderPlan,
  mean: [120, 121.5, 99],
  schedule: { samples: 21, globalBatch: 8, microBatches: 3, seed: 4 },
  deal: { start: 0, end: 3 },
  endStep: 4,
};

const jitterOptions: BatchStreamOptions = {
  ...folderOptions,
  plan: { ...folderPlan, colourAxes: colourAxes(IMAGENET_EIGENPAIRS, 0.1) },
};

const resizedOptions: BatchStreamOptions = {
  ...folderOptions,
  plan: {
    ...folderPlan,
    randomCrop: false,
    resizedCrop: { scale: [0.08, 1], ratio: [3 / 4, 4 / 3] },
    flip: true,
    quarterTurns: true,
  },
};

type Copy = Omit<Batch, 'release'>;
async function collect(options: BatchStreamOptions): Promise<Copy[]> {
  const stream = await BatchStream.open(options);
  const batches: Copy[] = [];
  try {
    for (let step = options.startStep; step <= options.endStep; step++) {
      const { release, preparedUs, ...batch } = await stream.next();
      expect(preparedUs![1]).toBeGreaterThanOrEqual(preparedUs![0]);
      batches.push({ ...batch, images: batch.images.slice(), labels: batch.labels.slice() });
      release();
    }
  } finally {
    await stream.close();
  }
  return batches;
}

// Threads start slowly on a busy machine, and a world of five has five.
const SLOW = { timeout: 60_000 };

describe('BatchStream', SLOW, () => {
  it('gives the schedule’s batches in step order, over more batches than there are slots', async () => {
    const batches = await collect(idxOptions);
    const schedule = new BatchSchedule(idxOptions.schedule);
    const source = await openImageSource(idxSpec.format, idxSpec.path);
    expect(batches).toHaveLength(8);
    for (const [at, batch] of batches.entries()) {
      const { step, epoch, samples, sizes, indices } = schedule.locate(at + 1);
      expect(batch).toMatchObject({ step, epoch, samples, segments: sizes, firstRow: 0 });
      expect(batch.indices).toEqual(indices);
      const images = new Float32Array(samples * 36);
      const labels = new Int32Array(samples);
      await fillRows({ images, labels }, { source, plan: idxPlan, mean: [100.25], seed: 11, epoch, indices });
      expect(batch.images).toEqual(images);
      expect([...batch.labels]).toEqual([...indices].map((index) => index % 3));
    }
  });

  it.each([
    ['idx', idxOptions],
    ['image-folder', folderOptions],
    ['imagenet', { ...folderOptions, source: imageNetSpec }],
    ['webdataset', { ...folderOptions, source: shardsSpec }],
    ['colour jitter', jitterOptions],
    ['resized crops, flips and turns', resizedOptions],
  ])('gives the same bits, put together from the ranks of any world: %s', async (_, options) => {
    const whole = await collect(options);
    const { microBatches } = options.schedule;
    for (const world of [2, 3, 5]) {
      const ranks: Copy[][] = [];
      for (let rank = 0; rank < world; rank++)
        ranks.push(await collect({ ...options, deal: dealMicroBatches(microBatches, world, rank) }));
      for (const [at, expected] of whole.entries()) {
        const parts = ranks.map((batches) => batches[at]!);
        const joined = <T extends number>(pick: (batch: Copy) => Iterable<T>) =>
          parts.flatMap((part) => [...pick(part)]);
        expect(new Float32Array(joined((part) => part.images))).toEqual(expected.images);
        expect(new Int32Array(joined((part) => part.labels))).toEqual(expected.labels);
        expect(new Uint32Array(joined((part) => part.indices))).toEqual(expected.indices);
        expect(joined((part) => part.segments)).toEqual(expected.segments);
        parts.reduce((row, part) => {
          expect(part).toMatchObject({ step: expected.step, samples: expected.samples, firstRow: row });
          return row + part.labels.length;
        }, 0);
      }
    }
  });

  it('adds the same to every pixel of an image under colour jitter, another to each, and leaves the crops', async () => {
    const [jittered, plain] = [await collect(jitterOptions), await collect(folderOptions)];
    const shifts = new Set<string>();
    for (const [at, { images, indices, epoch }] of jittered.entries())
      for (const [row, sample] of indices.entries()) {
        const shift = colourShift(jitterOptions.plan.colourAxes!, { seed: 4, epoch, sample });
        shifts.add(shift.join());
        const first = row * 12 * 12 * 3;
        for (let offset = 0; offset < 12 * 12 * 3; offset++)
          expect(images[first + offset]! - plain[at]!.images[first + offset]!).toBeCloseTo(shift[offset % 3]!, 4);
      }
    // 21 samples in epoch 1 and the 8 of step 4 in epoch 2.
    expect(shifts.size).toBe(29);
  });

  it('shows the region that is drawn for a resized crop, mirrored as it is drawn', async () => {
    // A quarter of 6 × 6: 3 × 3 pixels, which need no resizing.
    const resizedCrop = { scale: [0.25, 0.25], ratio: [1, 1] } as const;
    const plan = { ...idxPlan, inputSize: 3, pad: 0, randomCrop: false, resizedCrop };
    const source = await openImageSource(idxSpec.format, idxSpec.path);
    const places = new Set<string>();
    for (const { images, indices, epoch } of await collect({ ...idxOptions, plan, mean: [0] }))
      for (const [row, sample] of indices.entries()) {
        const key = { seed: 11, epoch, sample };
        const { top, left, width, height } = resizedCropRegion(resizedCrop, 6, 6, key);
        expect([width, height]).toEqual([3, 3]);
        places.add(`${top},${left}`);
        const { mirror } = cropGeometry(plan, { name: '', width: 3, height: 3 }, key);
        const { data } = await source.read(sample);
        const expected = Array.from({ length: 9 }, (_, at) => {
          const column = mirror ? 2 - (at % 3) : at % 3;
          return data[(top + Math.floor(at / 3)) * 6 + left + column];
        });
        expect([...images.subarray(row * 9, row * 9 + 9)]).toEqual(expected);
      }
    expect(places.size).toBeGreaterThan(12);
  });

  it('gives the same images whatever the number of micro-batches', async () => {
    const one = await collect({
      ...idxOptions,
      schedule: { ...idxOptions.schedule, microBatches: 1 },
      deal: { start: 0, end: 1 },
    });
    const five = await collect(idxOptions);
    expect(one.map(({ images, labels, indices }) => ({ images, labels, indices }))).toEqual(
      five.map(({ images, labels, indices }) => ({ images, labels, indices })),
    );
  });

  it('starts anywhere in the run with what would have come there', async () => {
    const all = await collect(idxOptions);
    expect(await collect({ ...idxOptions, startStep: 6 })).toEqual(all.slice(5));
  });

  it('gives a rank without rows empty arrays', async () => {
    const deal: Range = { start: 2, end: 2 };
    const [first] = await collect({ ...idxOptions, deal, endStep: 1 });
    expect(first).toMatchObject({ step: 1, samples: 10, segments: [], firstRow: 4 });
    expect([first!.images.length, first!.labels.length, first!.indices.length]).toEqual([0, 0, 0]);
  });

  it('gives empty arrays at a short last batch that leaves the rank nothing', async () => {
    const options = { ...idxOptions, schedule: { ...idxOptions.schedule, samples: 53 }, deal: { start: 4, end: 5 } };
    const batches = await collect(options);
    expect(batches[5]).toMatchObject({ step: 6, samples: 3, segments: [0], firstRow: 3 });
    expect(batches[5]!.images).toHaveLength(0);
  });

  it('keeps a held batch’s memory as it is until it is released', async () => {
    const stream = await BatchStream.open({ ...idxOptions, prefetch: 1 });
    const first = await stream.next();
    const before = first.images.slice();
    const second = await stream.next();
    await expect(stream.next()).rejects.toThrow('every slot is held');
    expect(first.images).toEqual(before);
    first.release();
    first.release();
    expect((await stream.next()).step).toBe(3);
    second.release();
    expect((await stream.next()).step).toBe(4);
    await stream.close();
  });

  it('is closed once for all, in mid-work too', async () => {
    const stream = await BatchStream.open(idxOptions);
    const pending = stream.next().then(
      (batch) => batch.step,
      (error: unknown) => (error as { code: string }).code,
    );
    await Promise.all([stream.close(), stream.close()]);
    expect([1, 'TANDEM_DATA_CLOSED']).toContain(await pending);
    await expect(stream.next()).rejects.toThrow('after close()');
  });

  it('ends with its signal’s reason', async () => {
    const controller = new AbortController();
    const stream = await BatchStream.open({ ...idxOptions, signal: controller.signal });
    (await stream.next()).release();
    controller.abort(new Error('enough'));
    await expect(stream.next()).rejects.toThrow('enough');
    await stream.close();
    await expect(BatchStream.open({ ...idxOptions, signal: controller.signal })).rejects.toThrow('enough');
  });

  it('refuses to go past its last step', async () => {
    const stream = await BatchStream.open({ ...idxOptions, endStep: 1 });
    (await stream.next()).release();
    await expect(stream.next()).rejects.toThrow('after the last step');
    await stream.close();
  });
});

describe('what goes wrong in the thread', SLOW, () => {
  it('reaches next() whole, at the step it belongs to', async () => {
    const path = join(root, 'broken');
    for (let index = 0; index < 6; index++)
      writeTo(join(path, 'c', `${index}.png`), index === 3 ? 'no picture' : await png(8, 8, 3, pattern(192, index)));
    const schedule = { samples: 6, globalBatch: 1, microBatches: 1, seed: 2 };
    const broken =
      Array.from({ length: 6 }, (_, at) => new BatchSchedule(schedule).locate(at + 1).indices[0]).indexOf(3) + 1;
    const stream = await BatchStream.open({
      source: { format: 'image-folder', path },
      plan: {
        inputSize: 8,
        resize: undefined,
        pad: 0,
        randomCrop: false,
        mirror: false,
        flip: false,
        quarterTurns: false,
        scale: 1,
        crops: 1,
      },
      mean: [0, 0, 0],
      schedule,
      deal: { start: 0, end: 1 },
      startStep: 1,
      endStep: 6,
      prefetch: 2,
    });
    for (let step = 1; step < broken; step++) (await stream.next()).release();
    const error = await stream.next().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({
      code: 'TANDEM_DATA_IMAGE',
      where: join(path, 'c/3.png'),
      exitCode: 2,
      context: { file: join(path, 'c/3.png') },
    });
    await stream.close();
  });

  it('is gone on without, where the configuration says so: the same bits in any world', async () => {
    const path = join(root, 'some-broken');
    for (let index = 0; index < 11; index++)
      writeTo(
        join(path, 'ab'[index % 2]!, `${index}.png`),
        [2, 5, 6].includes(index) ? 'no picture' : await png(9, 9, 3, pattern(243, index)),
      );
    const met = new Set<string>();
    const options: BatchStreamOptions = {
      source: { format: 'image-folder', path },
      plan: {
        inputSize: 8,
        resize: undefined,
        pad: 0,
        randomCrop: true,
        mirror: true,
        flip: false,
        quarterTurns: false,
        scale: 1,
        crops: 1,
      },
      mean: [0, 0, 0],
      schedule: { samples: 11, globalBatch: 4, microBatches: 3, seed: 2 },
      deal: { start: 0, end: 3 },
      startStep: 1,
      endStep: 6,
      prefetch: 2,
      onError: 'skip',
      onUnreadable: ({ name }) => met.add(name),
    };
    const whole = await collect(options);
    expect([...met].sort()).toEqual(['a/2.png', 'a/6.png', 'b/5.png'].map((name) => join(path, name)));
    expect(whole.flatMap(({ labels }) => [...labels])).toHaveLength(22);
    for (const world of [2, 3]) {
      const ranks: Copy[][] = [];
      for (let rank = 0; rank < world; rank++)
        ranks.push(await collect({ ...options, deal: dealMicroBatches(3, world, rank) }));
      for (const [at, expected] of whole.entries()) {
        const parts = ranks.map((batches) => batches[at]!);
        expect(parts.flatMap(({ images }) => [...images])).toEqual([...expected.images]);
        expect(parts.flatMap(({ labels }) => [...labels])).toEqual([...expected.labels]);
        expect(parts.flatMap(({ indices }) => [...indices])).toEqual([...expected.indices]);
      }
    }
  });

  it('names an image smaller than the crop', async () => {
    const stream = await BatchStream.open({ ...idxOptions, plan: { ...idxPlan, inputSize: 20, pad: 0 } });
    await expect(stream.next()).rejects.toMatchObject({
      code: 'TANDEM_DATA_IMAGE_TOO_SMALL',
      context: { width: 6, height: 6, inputSize: 20 },
    });
    await stream.close();
  });

  it.each([
    [
      'a missing folder',
      { source: { format: 'image-folder', path: join(root, 'absent') } as SourceSpec },
      'TANDEM_DATA_MISSING',
    ],
    ['another number of samples', { schedule: { ...idxOptions.schedule, samples: 54 } }, 'TANDEM_DATA_CHANGED'],
    ['means for another number of channels', { mean: [1, 2, 3] }, 'TANDEM_DATA_MEAN'],
  ])('is found at open(): %s', async (_, change, code) => {
    await expect(BatchStream.open({ ...idxOptions, ...change })).rejects.toMatchObject({ code, exitCode: 2 });
  });
});
