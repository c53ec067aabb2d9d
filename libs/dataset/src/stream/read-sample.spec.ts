import { ConfigurationError, RandomStream, StreamPurpose } from '@tandem/core';
import { describe, expect, it } from 'vitest';
import type { ImageSource } from '../sources/image-source.js';
import { channelMeans } from '../statistics/channel-means.js';
import { memorySource } from '../testing/memory-source.js';
import { fillRows } from './fill-rows.js';
import { readSample, REPLACEMENT_TRIES, type UnreadableImage, type UnreadableRule } from './read-sample.js';

/** 1×1 images whose value is their index, of which those in `broken` cannot be decoded. */
function source(length: number, broken: readonly number[], code = 'TANDEM_DATA_IMAGE'): ImageSource {
  const images = Array.from({ length }, (_, index) => ({
    width: 1,
    height: 1,
    channels: 1,
    data: Uint8Array.of(index),
  }));
  const whole = memorySource(
    images,
    images.map((_, index) => index),
  );
  const read: ImageSource['read'] = (index) =>
    broken.includes(index)
      ? Promise.reject(new ConfigurationError({ code, what: 'the image cannot be decoded', where: `memory[${index}]` }))
      : whole.read(index);
  return { ...whole, read };
}

async function read(from: ImageSource, sample: number, rule: UnreadableRule, epoch = 1) {
  const met: UnreadableImage[] = [];
  const onUnreadable = (image: UnreadableImage) => void met.push(image);
  const found = await readSample(from, { seed: 5, epoch, sample }, { rule, shorterSide: undefined, onUnreadable });
  return { found, met };
}

describe('readSample', () => {
  it('gives what can be read as it is, under any rule', async () => {
    for (const rule of ['fail', 'replace', 'leave-out'] as const)
      expect(await read(source(9, [1]), 3, rule)).toMatchObject({
        found: { sample: 3, image: { data: Uint8Array.of(3) } },
        met: [],
      });
  });

  it('fails by name', async () => {
    await expect(read(source(9, [3]), 3, 'fail')).rejects.toMatchObject({
      code: 'TANDEM_DATA_IMAGE',
      where: 'memory[3]',
    });
  });

  it('leaves out', async () => {
    expect(await read(source(9, [3]), 3, 'leave-out')).toEqual({
      found: undefined,
      met: [{ sample: 3, name: 'memory[3]', reason: 'memory[3]: the image cannot be decoded.' }],
    });
  });

  it('replaces by the first draw of (seed, epoch, sample) that can be read', async () => {
    const draws = (epoch: number) => {
      const stream = new RandomStream(5, StreamPurpose.replacement, epoch, 3);
      return Array.from({ length: 3 }, () => stream.below(100));
    };
    const [first, second] = draws(1);
    expect((await read(source(100, [3]), 3, 'replace')).found?.sample).toBe(first);
    expect(await read(source(100, [3, first!]), 3, 'replace')).toMatchObject({
      found: { sample: second, image: { data: Uint8Array.of(second!) } },
      met: [{ sample: 3 }, { sample: first }],
    });
    expect((await read(source(100, [3]), 3, 'replace', 2)).found?.sample).toBe(draws(2)[0]);
  });

  it('gives up by name where nothing can be read', async () => {
    const all = Array.from({ length: 9 }, (_, index) => index);
    const error = await read(source(9, all), 3, 'replace').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'TANDEM_DATA_NO_REPLACEMENT', where: 'memory[3]', exitCode: 2 });
    expect((error as Error).message).toContain(`${REPLACEMENT_TRIES} others`);
  });

  it('does not take another fault for a broken image', async () => {
    await expect(read(source(9, [3], 'TANDEM_DATA_OTHER'), 3, 'replace')).rejects.toMatchObject({
      code: 'TANDEM_DATA_OTHER',
    });
  });
});

describe('rows with unreadable images', () => {
  const fill = async (unreadable: UnreadableRule, broken: readonly number[]) => {
    const target = { images: new Float32Array(6), labels: new Int32Array(6) };
    const filled = await fillRows(target, {
      source: source(50, broken),
      plan: {
        inputSize: 1,
        resize: undefined,
        pad: 0,
        randomCrop: true,
        mirror: true,
        flip: false,
        quarterTurns: false,
        scale: 1,
        crops: 1,
      },
      mean: [0],
      seed: 5,
      epoch: 1,
      indices: Uint32Array.of(7, 3, 9, 4, 1, 2),
      unreadable,
    });
    return { ...target, ...filled };
  };

  it('have another image, its label and its index in their places', async () => {
    const { images, labels, indices, unreadable } = await fill('replace', [3, 1]);
    expect([...images]).toEqual([...indices]);
    expect([...labels]).toEqual([...indices]);
    expect(indices).toHaveLength(6);
    expect([indices[0], indices[2], indices[3], indices[5]]).toEqual([7, 9, 4, 2]);
    expect(unreadable.map(({ sample }) => sample)).toEqual([1, 3]);
  });

  it('are closed up where they are left out', async () => {
    const { images, labels, indices } = await fill('leave-out', [7, 9, 4]);
    expect([...indices]).toEqual([3, 1, 2]);
    expect([...images.subarray(0, 3)]).toEqual([3, 1, 2]);
    expect([...labels.subarray(0, 3)]).toEqual([3, 1, 2]);
    expect((await fill('leave-out', [7, 3, 9, 4, 1, 2])).indices).toHaveLength(0);
  });

  it('are left out of the channel means', async () => {
    expect(await channelMeans(source(4, [0, 1]), undefined, { onError: 'skip' })).toEqual([2.5]);
    await expect(channelMeans(source(4, [0, 1]), undefined)).rejects.toMatchObject({ code: 'TANDEM_DATA_IMAGE' });
    await expect(channelMeans(source(2, [0, 1]), undefined, { onError: 'skip' })).rejects.toMatchObject({
      code: 'TANDEM_DATA_NO_REPLACEMENT',
    });
  });
});
