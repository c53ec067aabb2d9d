import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Terminal } from '@tandem/observability/logging';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataProgress } from './data-progress.js';
import { fetchElpv } from './elpv.js';
import { fetchFashionMnist } from './fashion-mnist.js';

const progress = new DataProgress(new Terminal({ write: () => true }));
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tandem-data-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('files that are not the published ones', () => {
  it('are refused: a wheel', async () => {
    const wheel = join(root, 'elpv.whl');
    writeFileSync(wheel, 'no wheel');
    await expect(fetchElpv(join(root, 'elpv'), { progress, from: wheel })).rejects.toMatchObject({
      code: 'TANDEM_DATA_DIGEST',
      where: wheel,
      exitCode: 2,
    });
    await expect(fetchElpv(join(root, 'elpv'), { progress, from: join(root, 'absent') })).rejects.toThrow('ENOENT');
    expect(readdirSync(root)).toEqual(['elpv.whl']);
  });

  it('are refused: IDX files', async () => {
    const from = join(root, 'idx');
    const out = join(root, 'fashion');
    await expect(fetchFashionMnist(out, { progress, from })).rejects.toMatchObject({
      code: 'TANDEM_DATA_MISSING',
      where: from,
    });
    const file = join(root, 'train-images-idx3-ubyte.gz');
    for (const data of [gzipSync('digits'), 'no gzip']) {
      writeFileSync(file, data);
      await expect(fetchFashionMnist(out, { progress, from: root })).rejects.toMatchObject({
        code: 'TANDEM_DATA_DIGEST',
        where: file,
      });
    }
    expect(readdirSync(root)).toEqual(['train-images-idx3-ubyte.gz']);
  });
});

describe('a fetch that is interrupted', () => {
  it('ends with the reason and leaves nothing', async () => {
    const signal = AbortSignal.abort(new Error('interrupted'));
    const wheel = join(root, 'elpv.whl');
    writeFileSync(wheel, 'no wheel');
    await expect(fetchElpv(join(root, 'elpv'), { progress, from: wheel, signal })).rejects.toThrow('interrupted');
    await expect(fetchFashionMnist(join(root, 'fm'), { progress, from: root, signal })).rejects.toThrow('interrupted');
    expect(readdirSync(root)).toEqual(['elpv.whl']);
  });
});

describe('a machine without pip', () => {
  it('is told what to do', async () => {
    const named = process.env['TANDEM_PYTHON'];
    process.env['TANDEM_PYTHON'] = join(root, 'no-python');
    try {
      const refusal = fetchElpv(join(root, 'elpv'), { progress });
      await expect(refusal).rejects.toMatchObject({ code: 'TANDEM_DATA_NO_PIP', exitCode: 2 });
      await expect(refusal).rejects.toThrow('fetch the wheel yourself and name it with --from');
    } finally {
      if (named === undefined) delete process.env['TANDEM_PYTHON'];
      else process.env['TANDEM_PYTHON'] = named;
    }
  });
});
