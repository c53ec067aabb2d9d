import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeCheckpoint } from '@tandem/checkpoint';
import { parseConfig } from '@tandem/core/config';
import { buildNetwork } from '@tandem/model';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scratchFolder } from './support/scratch.js';
import { tandem } from './support/tandem.js';

const scratch = scratchFolder();
const run = join(scratch, 'run');
const model = join(scratch, 'model');
const script = fileURLToPath(new URL('support/classify-with-tfjs.mjs', import.meta.url));
const CLASSES = ['cat', 'dog', 'cow', 'hen'];
const SIZE = 16;
/** Its shorter side is the size that images are resized to for this network: 16 · 256 ⁄ 227. */
const [WIDTH, HEIGHT] = [25, 18];
let server: Server;

beforeAll(async () => {
  const config = parseConfig(
    `{ model: { name: small, inputSize: ${SIZE} }, data: { format: image-folder, train: absent } }`,
  );
  const network = buildNetwork(config.model, { classes: CLASSES.length, channels: 3 });
  const weights = Float32Array.from({ length: network.parameterCount }, (_, index) => Math.sin(index * index) / 6);
  await writeCheckpoint(run, {
    ...{ step: 7, epoch: 2, seed: 1, config, tandemVersion: '0', tensorflowVersion: '0' },
    ...{ classes: CLASSES, channelMeans: [100, 110, 120], parameters: network.parameters },
    ...{ weights, momenta: new Float32Array(weights.length) },
  });
  server = createServer((request, response) => {
    createReadStream(join(model, request.url!)).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
});

it('exports a model that plain TensorFlow.js loads over HTTP and that says what `tandem predict` says', async () => {
  const photograph = join(scratch, 'photograph.png');
  const centre = join(scratch, 'centre.png');
  const pixels = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, at) => Math.imul(at + 1, 2654435761) >>> 24);
  const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
  await sharp(pixels, { raw }).png().toFile(photograph);
  const [left, top] = [(WIDTH - SIZE) >> 1, (HEIGHT - SIZE) >> 1];
  await sharp(pixels, { raw }).extract({ left, top, width: SIZE, height: SIZE }).png().toFile(centre);

  const exported = await tandem(['export', '--checkpoint', run, '--format', 'tfjs', '--out', model]);
  expect(exported.exitCode, exported.output).toBe(0);
  expect(exported.output).toContain('takes  images         [n, 16, 16, 3]');
  const predicted = await tandem(['predict', '--checkpoint', run, photograph, '--json']);
  expect(predicted.exitCode, predicted.output).toBe(0);
  const { predictions } = JSON.parse(predicted.output) as { predictions: { label: number; probability: number }[] };

  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.json`;
  const { stdout } = await promisify(execFile)(process.execPath, [script, url, centre]);
  const { classes, probabilities } = JSON.parse(stdout) as { classes: string[]; probabilities: number[] };
  expect(classes).toEqual(CLASSES);
  expect(predictions).toHaveLength(CLASSES.length);
  expect(predictions[0]!.probability - predictions.at(-1)!.probability).toBeGreaterThan(0.02);
  for (const { label, probability } of predictions)
    expect(Math.abs(probabilities[label]! - probability)).toBeLessThan(1e-5);

  const again = await tandem(['export', '--checkpoint', run, '--format', 'tfjs', '--out', model]);
  expect(again.exitCode).toBe(2);
  expect(again.output).toContain('give --force to replace it. [TANDEM_EXPORT_EXISTS]');
});
