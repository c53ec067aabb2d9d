import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCheckpoint } from '@tandem/checkpoint';
import { parseConfig } from '@tandem/core/config';
import { buildNetwork } from '@tandem/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportCheckpoint, exportedText } from './export.js';

const root = mkdtempSync(join(tmpdir(), 'tandem-export-'));
const run = join(root, 'run');
const config = parseConfig('{ model: { name: small, inputSize: 8 }, data: { format: image-folder, train: absent } }');
const network = buildNetwork(config.model, { classes: 3, channels: 3 });

beforeAll(async () => {
  const weights = Float32Array.from({ length: network.parameterCount }, (_, index) => Math.sin(index) / 8);
  await writeCheckpoint(run, {
    ...{ step: 7, epoch: 2, seed: 1, config, tandemVersion: '0', tensorflowVersion: '0' },
    ...{ classes: ['cat', 'dog'], channelMeans: [100, 110, 120], parameters: network.parameters },
    ...{ weights, momenta: new Float32Array(weights.length) },
  });
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('tandem export', () => {
  it('writes a TensorFlow.js model of a run’s newest checkpoint, and replaces it when told to', async () => {
    const out = join(root, 'web', 'model');
    const flags = { checkpoint: run, format: 'tfjs', out } as const;
    const exported = await exportCheckpoint(flags);
    expect(exported).toMatchObject({ file: join(out, 'model.json'), input: [8, 8, 3], classes: 3 });
    const files = ['group1-shard1of1.bin', 'model.json'];
    expect(readdirSync(out).sort()).toEqual(files);
    const json = readFileSync(join(out, 'model.json'), 'utf8');
    const { userDefinedMetadata } = JSON.parse(json) as { userDefinedMetadata: unknown };
    expect(userDefinedMetadata).toMatchObject({
      classes: ['cat', 'dog', 'class 2'],
      preprocessing: { shorterSide: 9, size: 8, channels: 3, mean: [100, 110, 120], scale: 1 / 255 },
      origin: { step: 7, epoch: 2, model: { name: 'small' } },
    });
    await expect(exportCheckpoint(flags)).rejects.toMatchObject({
      code: 'TANDEM_EXPORT_EXISTS',
      message: `${out}: there is a model already. Name another --out, or give --force to replace it.`,
    });
    await exportCheckpoint({ ...flags, force: true, set: ['data.mean=[1, 2, 3]'] });
    expect(readFileSync(join(out, 'model.json'), 'utf8')).toContain('"mean":[1,2,3]');
    expect(readdirSync(join(root, 'web'))).toEqual(['model']);
  });

  it('writes an ONNX file, and replaces it when told to', async () => {
    const out = join(root, 'model.onnx');
    const flags = { checkpoint: run, format: 'onnx', out } as const;
    const { bytes } = await exportCheckpoint(flags);
    expect(readFileSync(out)).toHaveLength(bytes);
    await expect(exportCheckpoint(flags)).rejects.toMatchObject({ code: 'TANDEM_EXPORT_EXISTS' });
    await exportCheckpoint({ ...flags, force: true });
  });

  it('never replaces what is no model, and leaves it as it was', async () => {
    const folder = join(root, 'precious');
    mkdirSync(folder);
    writeFileSync(join(folder, 'thesis.tex'), 'x');
    const refused = (format: 'tfjs' | 'onnx', out: string) =>
      expect(exportCheckpoint({ checkpoint: run, format, out, force: true })).rejects;
    const code = 'TANDEM_EXPORT_EXISTS';
    await refused('tfjs', folder).toMatchObject({
      code,
      message: expect.stringContaining('such as thesis.tex') as string,
    });
    await refused('tfjs', join(folder, 'thesis.tex')).toMatchObject({ code, exitCode: 2 });
    await refused('onnx', folder).toMatchObject({ code, message: expect.stringContaining('it is a folder') as string });
    expect(readdirSync(folder)).toEqual(['thesis.tex']);
  });

  it('says where it looked for a checkpoint', async () => {
    const absent = join(root, 'absent');
    await expect(exportCheckpoint({ checkpoint: absent, format: 'tfjs', out: join(root, 'x') })).rejects.toMatchObject({
      code: 'TANDEM_CHECKPOINT_NOT_FOUND',
      exitCode: 2,
      message: expect.stringMatching(/absent: there is no checkpoint\. Expected a checkpoint’s folder/) as string,
    });
  });

  it('says what it wrote', () => {
    const text = exportedText({ file: 'web/model.json', bytes: 243_912_345, input: [227, 227, 3], classes: 2 });
    expect(text).toBe(
      'Written to web/model.json (243.9 MB)\n' +
        '  takes  images         [n, 227, 227, 3]  float32, pixels 0…255\n' +
        '  gives  probabilities  [n, 2]\n',
    );
  });
});
