import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCheckpoint } from '@tandem/checkpoint';
import { parseConfig } from '@tandem/core/config';
import { buildNetwork, NativeOperations } from '@tandem/model';
import { loadTensorFlow } from '@tandem/runtime';
import { averageCrops, classificationErrors, classify, FixedClassifier } from '@tandem/training';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateCheckpoint, evaluationText } from '../commands/eval.js';
import { predictImages, predictionText } from '../commands/predict.js';

const root = mkdtempSync(join(tmpdir(), 'tandem-inference-'));
const run = join(root, 'run');
const data = join(root, 'eval');
const SAMPLES = 9;
const pixel = (index: number) => Math.imul(index + 1, 2654435761) >>> 24;
const config = parseConfig(
  `{ model: { name: small, inputSize: 8 }, data: { format: idx, train: ${root}/absent }, evaluation: { batch: 4 } }`,
);
const network = buildNetwork(config.model, { classes: 6, channels: 1 });
const weights = Float32Array.from({ length: network.parameterCount }, (_, index) => Math.sin(index) / 8);
const flags = { checkpoint: run, data, device: 'cpu' };
let checkpoint: string;

function writeIdx(file: string, dimensions: readonly number[], valueAt: (index: number) => number): void {
  const header = Buffer.alloc(4 + 4 * dimensions.length);
  header.writeUInt32BE(0x0800 + dimensions.length);
  dimensions.forEach((dimension, axis) => header.writeUInt32BE(dimension, 4 + 4 * axis));
  const size = dimensions.reduce((product, dimension) => product * dimension, 1);
  writeFileSync(file, Buffer.concat([header, Uint8Array.from({ length: size }, (_, index) => valueAt(index))]));
}

beforeAll(async () => {
  mkdirSync(data);
  writeIdx(join(data, 'images-idx3-ubyte'), [SAMPLES, 10, 10], pixel);
  writeIdx(join(data, 'labels-idx1-ubyte'), [SAMPLES], (index) => index % 6);
  checkpoint = await writeCheckpoint(run, {
    step: 7,
    epoch: 2,
    seed: 1,
    config,
    tandemVersion: '0',
    tensorflowVersion: '0',
    classes: ['0', '1', '2', '3', '4', '5'],
    channelMeans: [100],
    parameters: network.parameters,
    weights,
    momenta: new Float32Array(weights.length),
  });
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** The rows of a sample cut with its corner at these places, then the same mirrored. */
function rowsOf(sample: number, corners: readonly (readonly [number, number])[]): number[] {
  const cut = (mirror: boolean) =>
    corners.flatMap(([top, left]) =>
      Array.from({ length: 64 }, (_, at) => {
        const column = mirror ? 7 - (at & 7) : at & 7;
        return Math.fround((pixel(sample * 100 + (top + (at >> 3)) * 10 + left + column) - 100) * (1 / 255));
      }),
    );
  return corners.length === 1 ? cut(false) : [...cut(false), ...cut(true)];
}

function expected(corners: readonly (readonly [number, number])[]) {
  const crops = corners.length === 1 ? 1 : 10;
  const operations = new NativeOperations(loadTensorFlow({ threads: 1, device: 'cpu' }));
  const classifier = new FixedClassifier(network, operations, weights);
  const samples = Array.from({ length: SAMPLES }, (_, sample) => sample);
  const rows = Float32Array.from(samples.flatMap((sample) => rowsOf(sample, corners)));
  const logits = averageCrops(classify(classifier, rows, SAMPLES * crops), SAMPLES, crops);
  classifier.dispose();
  const labels = Int32Array.from(samples, (sample) => sample % 6);
  const { top1Errors, top5Errors, loss } = classificationErrors(logits, labels);
  return { top1: top1Errors / SAMPLES, top5: top5Errors / SAMPLES, loss: loss / SAMPLES };
}

const CENTRE = [[1, 1]] as const;
const FIVE = [
  [0, 0],
  [0, 2],
  [2, 0],
  [2, 2],
  [1, 1],
] as const;

describe('tandem eval', { timeout: 60_000 }, () => {
  it.each([
    ['the centre', '1', CENTRE],
    ['ten crops', '10', FIVE],
  ] as const)('has the errors and loss of %s, of a run’s newest checkpoint', async (_, crops, corners) => {
    const { loss, ...errors } = await evaluateCheckpoint({ ...flags, crops });
    const { loss: expectedLoss, ...expectedErrors } = expected(corners);
    expect(errors).toEqual({ step: 7, epoch: 2, samples: SAMPLES, crops: Number(crops), ...expectedErrors });
    expect(loss).toBeCloseTo(expectedLoss, 12);
  });

  it('leaves no tensor behind', async () => {
    const tf = loadTensorFlow({ threads: 1, device: 'cpu' });
    const before = tf.memory().numTensors;
    await evaluateCheckpoint({ ...flags, checkpoint });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says it in words', () => {
    const result = { step: 7, epoch: 2, samples: 9, crops: 10, top1: 0.125, top5: 0, loss: 1.5 };
    expect(evaluationText(result)).toBe(
      'Step 7 (epoch 2), 9 samples, 10 crops\n  top-1 error  12.50 %\n  top-5 error  0.00 %\n  loss         1.500000\n',
    );
  });

  it('refuses means that are nowhere to be had, or that do not fit', async () => {
    const file = join(checkpoint, 'manifest.json');
    const manifest = await readFile(file, 'utf8');
    const { channelMeans: _means, sha256: _sha256, ...rest } = JSON.parse(manifest) as Record<string, unknown>;
    await writeFile(file, JSON.stringify({ ...rest, format: 'tandem-checkpoint/1' }));
    const refusal = { code: 'TANDEM_CHECKPOINT_MEANS', exitCode: 2 };
    await expect(evaluateCheckpoint({ ...flags, checkpoint })).rejects.toMatchObject(refusal);
    const given = await evaluateCheckpoint({ ...flags, checkpoint, set: ['data.mean=[100]'] });
    await writeFile(file, manifest);
    expect(given).toEqual(await evaluateCheckpoint({ ...flags, checkpoint }));
    await expect(evaluateCheckpoint({ ...flags, set: ['data.mean=[1, 2]'] })).rejects.toMatchObject(refusal);
  });

  it('refuses a data set of more classes than the network has', async () => {
    const other = join(root, 'other');
    mkdirSync(other);
    writeIdx(join(other, 'images-idx3-ubyte'), [7, 8, 8], pixel);
    writeIdx(join(other, 'labels-idx1-ubyte'), [7], (index) => index);
    await expect(evaluateCheckpoint({ ...flags, data: other })).rejects.toMatchObject({ code: 'TANDEM_DATA_CLASSES' });
  });
});

describe('tandem predict', { timeout: 60_000 }, () => {
  it('gives five classes of each image, the most probable first', async () => {
    const image = join(root, 'stripe.png');
    await sharp(
      Uint8Array.from({ length: 64 }, (_, at) => pixel(at)),
      { raw: { width: 8, height: 8, channels: 1 } },
    )
      .png()
      .toFile(image);
    const predicted = [];
    for await (const each of predictImages([image, image], { checkpoint, device: 'cpu' })) predicted.push(each);
    expect(predicted).toHaveLength(2);
    expect(predicted[1]).toEqual(predicted[0]);
    const { predictions } = predicted[0]!;
    expect(predictions).toHaveLength(5);
    expect(predictions.map((each) => each.probability)).toEqual(
      predictions.map((each) => each.probability).toSorted((a, b) => b - a),
    );
    expect(predictions.every((each) => each.class === String(each.label))).toBe(true);
    expect(predictions.reduce((sum, each) => sum + each.probability, 0)).toBeLessThan(1);
  });

  it('says it in words', () => {
    const predictions = [{ class: 'defective', label: 0, probability: 0.98765 }];
    expect(predictionText({ image: 'a.png', predictions })).toBe('a.png\n  0.9877  defective\n');
  });
});
