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
  it('measures connections, shared memory and both orders, and gloo where it is installed, and ends with a line of JSON', () => {
    const { status, stdout, stderr } = smoke('allreduce.ts');
    expect(status, stderr).toBe(0);
    const { rows } = lastLine(stdout) as { rows: Record<string, unknown>[] };
    const ours = rows.filter(({ contender }) => contender !== 'gloo');
    expect(ours).toMatchObject([
      { ranks: 2, contender: 'tcp' },
      { ranks: 2, contender: 'tcp bf16' },
      { ranks: 2, contender: 'shared' },
      { ranks: 2, contender: 'shared bf16' },
      { ranks: 2, contender: 'shared fast' },
    ]);
    for (const { wallMs, cpuMs } of rows) {
      expect(wallMs).toBeGreaterThan(0);
      expect(cpuMs).toBeGreaterThan(0);
    }
  }, 120_000);
});

describe.runIf(hasTaskset).each([
  { benchmark: 'ddp', worlds: ['1', '2'] },
  { benchmark: 'step', worlds: ['1'] },
])('npm run bench:$benchmark', ({ benchmark, worlds }) => {
  it('trains with every number of workers, and by the peers where they are installed, and ends with a line of JSON', () => {
    const { status, stdout, stderr } = smoke(`${benchmark}.ts`);
    expect(status, stderr).toBe(0);
    const { results } = lastLine(stdout) as { results: ContestRecord[] };
    expect(results).toHaveLength(1);
    const { figures } = results[0]!;
    expect(Object.keys(figures)).toEqual(worlds);
    for (const [workers, contenders] of Object.entries(figures)) {
      for (const { medians } of Object.values(contenders))
        for (const key of ['imagesPerSecond', 'imagesPerCoreSecond', 'peakMemoryMb'])
          expect(medians[key]).toBeGreaterThan(0);
      const sent = contenders['Tandem']!.medians['bytesSent']!;
      // Convolutions' 2,334,080 gradients as sums, dense layers' as factors, far fewer than their 58,631,144.
      expect(sent > 4 * 2_334_080).toBe(workers === '2');
      expect(sent).toBeLessThan(13e6);
    }
  }, 300_000);

  interface ContestRecord {
    readonly figures: Readonly<Record<string, Readonly<Record<string, { readonly medians: Record<string, number> }>>>>;
  }
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
    const { status, stdout, stderr } = smoke('safety.ts');
    expect(status, stderr).toBe(0);
    const { rows } = lastLine(stdout) as { rows: { what: string; ms: number }[] };
    expect(rows).toHaveLength(7);
    for (const { what, ms } of rows) expect(ms, what).toBeGreaterThan(0);
  }, 120_000);
});

describe.runIf(hasTaskset)('npm run bench:micro-batches', () => {
  it('measures both orders and rounds of forward and backward, and ends with a line of JSON', () => {
    const { status, stdout, stderr } = smoke('micro-batches.ts');
    expect(status, stderr).toBe(0);
    const { rows } = lastLine(stdout) as { rows: Record<string, number>[] };
    expect(rows).toMatchObject([
      { pieces: 2, way: 'canonical' },
      { pieces: 2, way: 'fast' },
      { pieces: 2, way: 'rounds' },
    ]);
    for (const { stepMs, cpuMs, bytesSent } of rows) {
      expect(stepMs).toBeGreaterThan(0);
      expect(cpuMs).toBeGreaterThan(0);
      expect(bytesSent).toBe(rows[0]!['bytesSent']);
    }
  }, 240_000);
});

describe.runIf(hasTaskset)('npm run bench:scale', () => {
  it('measures bytes that the model says to the last one, goes on to 1,024 ranks, and ends with a line of JSON', () => {
    const { status, stdout, stderr } = smoke('scale.ts');
    expect(status, stderr).toBe(0);
    const { results } = lastLine(stdout) as { results: ScaleResults };
    for (const rows of [results.bytes, results.steps]) {
      expect(rows.some(({ workers }) => workers === 2)).toBe(true);
      for (const { measured, predicted, workers } of rows) {
        expect(measured).toBe(predicted);
        expect(measured > 0).toBe(workers > 1);
      }
    }
    expect(results.communication.costs['msPerMegabyte']).toBeGreaterThan(0);
    const largest = results.projection.rows.filter(({ worldSize }) => worldSize === 1024);
    expect(largest.length).toBeGreaterThan(0);
    for (const { efficiency } of largest) {
      expect(efficiency).toBeGreaterThan(0);
      expect(efficiency).toBeLessThan(1);
    }
  }, 240_000);

  interface ScaleResults {
    readonly bytes: readonly BytesRow[];
    readonly steps: readonly BytesRow[];
    readonly communication: { readonly costs: Readonly<Record<string, number>> };
    readonly projection: { readonly rows: readonly { readonly worldSize: number; readonly efficiency: number }[] };
  }
  interface BytesRow {
    readonly workers: number;
    readonly measured: number;
    readonly predicted: number;
  }
});

describe('npm run bench:recovery', () => {
  it('kills a worker of Tandem’s, and ends with a line of JSON', () => {
    const { status, stdout, stderr } = smoke('recovery.ts');
    expect(status, stderr).toBe(0);
    const { sides } = lastLine(stdout) as {
      sides: Record<string, { recovered: number; medians: Record<string, number> }>;
    };
    expect(sides['Tandem']).toMatchObject({ recovered: 1, medians: { stepsAgain: 0, survivorsRestarted: 0 } });
    expect(sides['Tandem']!.medians['withoutProgressMs']).toBeGreaterThan(0);
  }, 240_000);
});

it('npm run bench:engines measures both engines on the same batches, and ends with a line of JSON', () => {
  const { status, stdout, stderr } = smoke('engines.ts');
  expect(status, stderr).toBe(0);
  const { ratio, engines } = lastLine(stdout) as {
    ratio: number;
    engines: { engine: string; stepMs: number; losses: { step: number; loss: number }[] }[];
  };
  expect(ratio).toBeGreaterThan(0);
  expect(engines.map(({ engine }) => engine)).toEqual(['native', 'wasm']);
  const [native, wasm] = engines.map(({ losses }) => losses.map(({ loss }) => loss)) as [number[], number[]];
  expect(native).toHaveLength(2);
  for (const [at, loss] of native.entries()) expect(wasm[at]).toBeCloseTo(loss, 3);
}, 120_000);

it.runIf(hasTaskset)(
  'npm run bench:monitoring measures a run that is watched beside one that is not, and ends with a line of JSON',
  () => {
    const { status, stdout, stderr } = smoke('monitoring.ts');
    expect(status, stderr).toBe(0);
    const { readings, ratios } = lastLine(stdout) as {
      readings: { answers: number; cpuMs: number }[];
      ratios: Record<string, { mean: number }>;
    };
    expect(readings).toHaveLength(1);
    expect(readings[0]!.answers).toBeGreaterThan(0);
    expect(readings[0]!.cpuMs).toBeGreaterThan(0);
    expect(ratios['imagesPerSecond']!.mean).toBeGreaterThan(0);
  },
  120_000,
);
