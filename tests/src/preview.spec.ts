import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors } from '@tandem/checkpoint';
import { SCENES, sceneJpeg } from './support/drawn-scenes.js';
import { scratchFolder } from './support/scratch.js';
import { tandem } from './support/tandem.js';

const scratch = scratchFolder();
const environment = { TANDEM_CACHE: join(scratch, 'cache') };

describe('tandem preview', () => {
  const config = join(scratch, 'run.yaml');
  const mean = [120.5, 100, 90.25];
  beforeAll(async () => {
    for (let index = 0; index < 9; index++) {
      const label = index % SCENES.length;
      mkdirSync(join(scratch, 'scenes', SCENES[label]!), { recursive: true });
      writeFileSync(join(scratch, 'scenes', SCENES[label]!, `${index}.jpg`), await sceneJpeg(index, label));
    }
    writeFileSync(
      config,
      `
model: { name: small, inputSize: 120 }
data: { format: image-folder, train: ${scratch}/scenes, mean: [${mean.join(', ')}] }
augment: { crop: random-resized, flip: true, rotate: quarter, colourJitter: { source: imagenet } }
training: { globalBatch: 5 }
`,
    );
  });

  it('shows the images of tandem batch, the mean added back', async () => {
    const [sheet, batch] = [join(scratch, 'made/sheet.png'), join(scratch, 'batch.safetensors')];
    for (const args of [
      ['preview', '--config', config, '--out', sheet, '--step', '2', '--columns', '2'],
      ['batch', '--config', config, '--out', batch, '--step', '2'],
    ]) {
      const { exitCode, output } = await tandem(args, environment);
      expect(exitCode, output).toBe(0);
      expect(output).toContain('Step 2 (epoch 1): 4 samples, written to');
    }
    const images = decodeSafetensors(readFileSync(batch)).find(({ name }) => name === 'images')!;
    expect(images.shape).toEqual([4, 120, 120, 3]);
    const { data, info } = await sharp(sheet).raw().toBuffer({ resolveWithObject: true });
    expect([info.format, info.channels]).toEqual(['raw', 3]);
    // Margins of 12, and 38 below an image for two lines of text; 44 above the first.
    const places = [44, 44 + 158].flatMap((top) => [12, 12 + 132].map((left) => ({ top, left })));
    for (const [image, { top, left }] of places.entries())
      for (let y = 0; y < 120; y++)
        for (let x = 0; x < 120; x++)
          for (let channel = 0; channel < 3; channel++) {
            const given = Number(images.data[((image * 120 + y) * 120 + x) * 3 + channel]) * 255 + mean[channel]!;
            const shown = data[((top + y) * info.width + left + x) * 3 + channel]!;
            if (Math.abs(Math.max(0, Math.min(255, given)) - shown) > 0.501)
              expect.fail(`image ${image}, ${x},${y}: ${given} is shown as ${shown}`);
          }
  });

  it('names a step after the end, and a file that cannot be', async () => {
    const preview = (...more: string[]) => tandem(['preview', '--config', config, ...more], environment);
    const late = await preview('--out', join(scratch, 'late.png'), '--step', '3');
    expect(late.output).toMatch(/step 3 is after the end of the run.*at most 2.*TANDEM_DATA_STEP/s);
    expect(late.exitCode).toBe(2);
    const nowhere = await preview('--out', join(config, 'sheet.png'));
    expect(nowhere.output).toContain('TANDEM_OUT_NOT_WRITABLE');
    expect(nowhere.exitCode).toBe(2);
  });
});
