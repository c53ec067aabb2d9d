import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeImageFolder } from './support/data-sets.js';
import { checkpointDigests, lossesOf, metricsOf } from './support/run-directory.js';
import { scratchFolder } from './support/scratch.js';
import { tandem } from './support/tandem.js';

const scratch = scratchFolder();

describe('a set with broken images', () => {
  const config = join(scratch, 'broken.yaml');
  beforeAll(async () => {
    await makeImageFolder(join(scratch, 'cells'), { train: 14, evaluation: 8 });
    for (const file of [
      'train/defective/cell-0004.png',
      'train/functional/cell-0007.png',
      'eval/functional/cell-0003.png',
    ])
      writeFileSync(join(scratch, 'cells', file), 'no picture');
    writeFileSync(
      config,
      `
model: { name: small }
data: { format: image-folder, train: ${scratch}/cells/train, eval: ${scratch}/cells/eval, onError: skip }
training: { globalBatch: 5, microBatches: 3, epochs: 3, seed: 3 }
evaluation: { batch: 3 }
`,
    );
  });

  it('is trained on without them, the same bits at 1, 2 and 3 workers, and they are counted and named', async () => {
    const runs: string[] = [];
    for (const workers of [1, 2, 3]) {
      const out = join(scratch, `skip-${workers}`);
      const { exitCode, output } = await tandem([
        'run',
        '--config',
        config,
        '--workers',
        String(workers),
        '--out',
        out,
      ]);
      expect(exitCode, output).toBe(0);
      expect(output).toMatch(/3 images could not be read and were gone on without \(2 of training, 1 of evaluation\)/);
      for (const name of ['defective/cell-0004.png', 'functional/cell-0007.png', 'functional/cell-0003.png'])
        expect(output).toContain(name);
      runs.push(out);
    }
    const [alone] = runs as [string, ...string[]];
    const evaluations = (of: string) => metricsOf(of).filter(({ type }) => type === 'eval');
    expect(lossesOf(alone)).toHaveLength(9);
    expect(evaluations(alone)).toHaveLength(3);
    // Of the 8 images of the evaluation set 7 count.
    for (const { top1 } of evaluations(alone))
      expect((top1 as number) * 7).toBeCloseTo(Math.round((top1 as number) * 7));
    for (const run of runs) {
      expect(lossesOf(run)).toEqual(lossesOf(alone));
      expect(evaluations(run)).toEqual(evaluations(alone));
      expect(checkpointDigests(run, 9)).toEqual(checkpointDigests(alone, 9));
    }
  });

  it('is refused by name unless that is asked for', async () => {
    const out = join(scratch, 'fail');
    const { exitCode, output } = await tandem(
      ['run', '--config', config, '--workers', '1', '--out', out, '--set', 'data.onError=fail'],
      { TANDEM_CACHE: join(scratch, 'cache') },
    );
    expect(exitCode, output).toBe(2);
    expect(output).toMatch(/cell-000[47]\.png: the image cannot be decoded/);
  });
});
