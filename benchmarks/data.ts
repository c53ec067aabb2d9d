import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './median.js';
import { HEIGHT, WIDTH, writePhotographs } from './photographs.js';

// JPEGs of 500×375 into augmented batches of 227×227 floats, by Tandem's data thread and by torchvision, on the same one core, in turn. Build first,
// then `npm run bench:data`: it installs torchvision on the first call (tests/parity, 7 GB). `-- --rounds 5 --images 512`; `--smoke` is a short form without
// torchvision that shows that it runs. The figure to go by is images a second of processor time, of all threads and processes:
// others on the machine change it less.

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    images: { type: 'string', default: '384' },
    core: { type: 'string', default: String(cpus().length - 1) },
    smoke: { type: 'boolean', default: false },
  },
});
const rounds = flags.smoke ? 1 : Number(flags.rounds);
const images = flags.smoke ? 24 : Number(flags.images);
const EPOCHS = flags.smoke ? 1 : 3;
const TSX = ['--import', 'tsx'];

interface Figures {
  readonly imagesPerSecond: number;
  readonly imagesPerCoreSecond: number;
  readonly versions?: string;
}

const scratch = mkdtempSync(join(tmpdir(), 'tandem-bench-data-'));
try {
  const folder = join(scratch, 'photographs');
  const meanBytes = await writePhotographs(folder, images);
  const config = join(scratch, 'run.yaml');
  writeFileSync(
    config,
    `
model: { name: alexnet, variant: paper }
data: { format: image-folder, train: ${folder}, mean: [123.68, 116.78, 103.94] }
training: { globalBatch: 32 }
`,
  );
  const ours = [...TSX, join(import.meta.dirname, 'data-path.ts'), '--config', config, '--rounds', String(EPOCHS)];
  const contestants = new Map<string, () => Figures>([['Tandem', () => measure(process.execPath, ours)]]);
  if (!flags.smoke) {
    const python = run(process.execPath, [
      ...TSX,
      join(import.meta.dirname, '../tests/parity/src/peers-main.ts'),
    ]).trim();
    const loader = join(import.meta.dirname, 'peers/torchvision_loader.py');
    for (const workers of [0, 1])
      contestants.set(`torchvision, num_workers=${workers}`, () =>
        measure(python, [loader, folder, String(workers), String(EPOCHS)]),
      );
  }
  const figures = new Map([...contestants.keys()].map((name) => [name, [] as Figures[]]));
  for (let round = 1; round <= rounds; round++)
    for (const [name, contestant] of contestants) {
      const found = contestant();
      figures.get(name)!.push(found);
      process.stderr.write(`round ${round}, ${name}: ${found.imagesPerCoreSecond} images/s of a core\n`);
    }
  report(figures, meanBytes);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function measure(command: string, args: readonly string[]): Figures {
  const output = run('taskset', ['-c', flags.core, command, ...args]);
  return JSON.parse(output.trim().split('\n').at(-1)!) as Figures;
}

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr}`);
  return stdout;
}

function report(figures: ReadonlyMap<string, readonly Figures[]>, meanBytes: number): void {
  const rows = [...figures].map(([name, found]) => ({
    name,
    imagesPerSecond: Math.round(median(found.map((figure) => figure.imagesPerSecond))),
    imagesPerCoreSecond: Math.round(median(found.map((figure) => figure.imagesPerCoreSecond))),
    ofEachRound: found.map((figure) => figure.imagesPerCoreSecond),
    ...(found[0]?.versions !== undefined && { versions: found[0].versions }),
  }));
  const [tandem, ...others] = rows;
  // The better of torchvision's ways.
  const best = others.length === 0 ? null : Math.max(...others.map((row) => row.imagesPerCoreSecond));
  const ratio = best === null ? null : Number((tandem!.imagesPerCoreSecond / best).toFixed(2));
  process.stdout.write('| | images/s of a core | images/s |\n|---|---|---|\n');
  for (const { name, imagesPerCoreSecond, imagesPerSecond } of rows)
    process.stdout.write(`| ${name} | ${imagesPerCoreSecond} | ${imagesPerSecond} |\n`);
  if (ratio !== null) process.stdout.write(`Tandem is ${ratio} times as fast a core.\n`);
  const date = new Date().toISOString().slice(0, 10);
  const result = {
    ...{ date, images, width: WIDTH, height: HEIGHT, meanBytes: Math.round(meanBytes), rounds, epochsARound: EPOCHS },
    ...{ processor: cpus()[0]!.model.trim(), node: process.versions.node, load: Number(loadavg()[1]!.toFixed(1)) },
    ...{ ratio, rows },
  };
  if (!flags.smoke) {
    const results = join(import.meta.dirname, 'results');
    mkdirSync(results, { recursive: true });
    writeFileSync(join(results, `data-${date}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
