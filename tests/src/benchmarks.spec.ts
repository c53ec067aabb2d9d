import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const hasTaskset = spawnSync('taskset', ['--version']).status === 0;

function smoke(benchmark: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(
    process.execPath,
    [join(root, 'node_modules/tsx/dist/cli.mjs'), join(root, 'benchmarks', benchmark), '--smoke'],
    { encoding: 'utf8', cwd: root },
  );
}

function lastLine(stdout: string): unknown {
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

describe.runIf(hasTaskset)('npm run bench:allreduce', () => {
  it('measures both orders, and gloo where it is installed, and ends with a line of JSON', () => {
    const { status, stdout, stderr } = smoke('allreduce.ts');
    expect(status, stderr).toBe(0);
    const { rows } = lastLine(stdout) as { rows: Record<string, unknown>[] };
    const ours = rows.filter(({ contender }) => contender !== 'gloo');
    expect(ours).toMatchObject([
      { ranks: 2, contender: 'canonical' },
      { ranks: 2, contender: 'fast' },
    ]);
    for (const { wallMs, cpuMs } of rows) {
      expect(wallMs).toBeGreaterThan(0);
      expect(cpuMs).toBeGreaterThan(0);
    }
  }, 120_000);
});

describe.runIf(hasTaskset)('npm run bench:ddp', () => {
  it('measures one and two workers, and PyTorch’s where it is installed, and ends with a line of JSON', () => {
    const { status, stdout, stderr } = smoke('ddp.ts');
    expect(status, stderr).toBe(0);
    const { peer, lrn } = lastLine(stdout) as { peer: string | null; lrn: { off: { figures: Figures[] } } };
    expect(lrn.off.figures.map(({ workers }) => workers)).toEqual([2, 1]);
    for (const { tandem, ddp } of lrn.off.figures) {
      expect(ddp === null).toBe(peer === null);
      for (const side of [tandem, ...(ddp === null ? [] : [ddp])])
        for (const key of ['imagesPerSecond', 'imagesPerCoreSecond', 'peakMemoryMb'])
          expect(side[key]).toBeGreaterThan(0);
    }
  }, 240_000);

  interface Figures {
    readonly workers: number;
    readonly tandem: Readonly<Record<string, number>>;
    readonly ddp: Readonly<Record<string, number>> | null;
  }
});

describe.runIf(hasTaskset)('npm run bench:step', () => {
  it('measures one and two workers and ends with a line of JSON', () => {
    const { status, stdout, stderr } = smoke('step.ts');
    expect(status, stderr).toBe(0);
    const figures = lastLine(stdout) as Record<string, Record<string, number>>;
    expect(figures['oneWorker']).toMatchObject({ bytesSent: 0, exchangeMs: 0 });
    // Convolutions' 2,334,080 gradients as sums, dense layers' as factors, far fewer than their 58,631,144.
    const sent = figures['twoWorkers']!['bytesSent']!;
    expect(sent).toBeGreaterThan(4 * 2_334_080);
    expect(sent).toBeLessThan(13e6);
    for (const key of ['imagesPerSecond', 'computeMs', 'updateMs', 'peakMemoryMb'])
      expect(figures['twoWorkers']![key]).toBeGreaterThan(0);
  }, 240_000);
});

describe.runIf(hasTaskset)('npm run bench:data', () => {
  it('measures the data thread on one core and ends with a line of JSON', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/tsx/dist/cli.mjs'), join(root, 'benchmarks/data.ts'), '--smoke'],
      { encoding: 'utf8', cwd: root },
    );
    expect(status, stderr).toBe(0);
    const { meanBytes, ratio, rows } = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
      meanBytes: number;
      ratio: number | null;
      rows: { name: string; imagesPerCoreSecond: number }[];
    };
    expect(meanBytes).toBeGreaterThan(50_000);
    expect(meanBytes).toBeLessThan(100_000);
    expect(ratio).toBeNull();
    expect(rows).toMatchObject([{ name: 'Tandem' }]);
    expect(rows[0]!.imagesPerCoreSecond).toBeGreaterThan(0);
  }, 120_000);
});

describe('npm run bench:safety', () => {
  it('measures checkpoints, checksums and checks and ends with a line of JSON', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/tsx/dist/cli.mjs'), join(root, 'benchmarks/safety.ts'), '--smoke'],
      { encoding: 'utf8', cwd: root },
    );
    expect(status, stderr).toBe(0);
    const { rows } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { rows: { what: string; ms: number }[] };
    expect(rows).toHaveLength(7);
    for (const { what, ms } of rows) expect(ms, what).toBeGreaterThan(0);
  }, 120_000);
});
