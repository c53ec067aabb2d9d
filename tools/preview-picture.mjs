import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SCENES, sceneJpeg } from '../tests/src/support/drawn-scenes.ts';
import { cli, node, root } from './run.mjs';

// Makes docs/preview.png anew, from images that are drawn here: `npm run build && node --import tsx tools/preview-picture.mjs`.

const folder = mkdtempSync(join(tmpdir(), 'tandem-picture-'));
try {
  for (let index = 0; index < 36; index++) {
    const label = index % SCENES.length;
    mkdirSync(join(folder, 'scenes', SCENES[label]), { recursive: true });
    writeFileSync(join(folder, 'scenes', SCENES[label], `${index}.jpg`), await sceneJpeg(index, label));
  }
  const config = join(folder, 'run.yaml');
  writeFileSync(
    config,
    `model: { name: small, inputSize: 128 }
data: { format: image-folder, train: scenes }
augment: { crop: random-resized, scale: [0.3, 1], colourJitter: { source: imagenet, deviation: 0.3 } }
training: { globalBatch: 12 }
`,
  );
  const out = join(root, 'docs/preview.png');
  process.exitCode = await node([cli, 'preview', '--config', config, '--out', out, '--columns', '6']);
} finally {
  rmSync(folder, { recursive: true });
}
