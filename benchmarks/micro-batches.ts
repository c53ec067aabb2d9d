import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { paperConfig, writeImages } from './paper-network.js';
import { conclude, table } from './report.js';
import { medians, pairedRatio } from './step-figures.js';
import { measureTandem, type TandemFigures } from './tandem-run.js';

// What several micro-batches on a rank cost: the paper's AlexNet (227×227, 1000 classes, local batch 32, one core a worker), each rank's rows cut
// in 1, 2, 4 and 8 micro-batches at the same global batch. `canonical` and `fast` take all rows through the layers at once and only
// sum gradients micro-batch by micro-batch; `rounds` is `training.accumulate`, a forward and backward pass for each. In turn in one
// go: `npm run bench:micro-batches -- --workers 2 --rounds 2`; `--smoke` is a short form that shows that it runs.

const { values: flags } = parseArgs({
  options: {
    workers: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '2' },
    steps: { type: 'string', default: '8' },
    pieces: { type: 'string', default: '1,2,4,8' },
    smoke: { type: 'boolean', default: false },
  },
});
const workers = Number(flags.workers);
const rounds = flags.smoke ? 1 : Number(flags.rounds);
const measuredSteps = flags.smoke ? 1 : Number(flags.steps);
const warmUpSteps = flags.smoke ? 1 : 3;
const localBatch = flags.smoke ? 4 : 32;
const pieces = (flags.smoke ? '2' : flags.pieces).split(',').map(Number);

type Way = 'canonical' | 'fast' | 'rounds';
interface Arm {
  /** Micro-batches of a rank. */
  readonly pieces: number;
  readonly way: Way;
}

const waysOf = (count: number): Way[] => [
  'canonical',
  // A world of one exchanges nothing, and one round is all there is of one piece.
  ...(workers > 1 ? (['fast'] as const) : []),
  ...(count > 1 ? (['rounds'] as const) : []),
];
const arms: readonly Arm[] = pieces.flatMap((count) => waysOf(count).map((way) => ({ pieces: count, way })));
const keys = [
  ...(['imagesPerSecond', 'imagesPerCoreSecond', 'stepMs', 'computeMs', 'exchangeMs', 'updateMs'] as const),
  ...(['bytesSent', 'cpuMs', 'peakMemoryMb'] as const),
];

const scratch = mkdtempSync(join(tmpdir(), 'tandem-bench-micro-batches-'));
try {
  await writeImages(join(scratch, 'images'));
  const samples = arms.map((): TandemFigures[] => []);
  for (let round = 1; round <= rounds; round++)
    for (const [at, arm] of arms.entries()) {
      const figures = await measure(arm, join(scratch, `run-${round}-${at}`));
      samples[at]!.push(figures);
      const { cpuMs, stepMs } = figures;
      process.stderr.write(
        `round ${round}, ${arm.pieces} a rank, ${arm.way}: ${stepMs.toFixed(0)} ms a step, ${cpuMs.toFixed(0)} ms of a core a worker\n`,
      );
    }
  report(samples);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function measure({ pieces: count, way }: Arm, folder: string): Promise<TandemFigures> {
  const figures = await measureTandem({
    folder,
    config: paperConfig({
      ...{ images: join(scratch, 'images'), lrn: true, localBatch, workers },
      microBatches: count * workers,
      ...(flags.smoke && { width: 0.25 }),
      accumulate: way === 'rounds' ? count : 1,
      exchange: { order: way === 'fast' ? 'fast' : 'canonical' },
    }),
    ...{ workers, globalBatch: localBatch * workers, warmUpSteps, measuredSteps },
  });
  rmSync(folder, { recursive: true, force: true });
  return figures;
}

function report(samples: readonly (readonly TandemFigures[])[]): void {
  const of = (count: number, way: Way) => samples[arms.findIndex((arm) => arm.pieces === count && arm.way === way)];
  // What somebody would do who does not care for the bits: one sum a rank.
  const plain = of(pieces[0]!, workers > 1 ? 'fast' : 'canonical')!;
  const over = (a: readonly TandemFigures[], b: readonly TandemFigures[] | undefined, key: 'cpuMs' | 'stepMs') =>
    b === undefined ? null : pairedRatio(a, b, (sample) => sample[key]);
  const rows = arms.map((arm, at) => ({
    ...arm,
    ...medians(samples[at]!, keys),
    coreTimeOverFast: over(samples[at]!, of(arm.pieces, 'fast'), 'cpuMs'),
    coreTimeOverPlain: over(samples[at]!, plain, 'cpuMs'),
    stepOverPlain: over(samples[at]!, plain, 'stepMs'),
  }));
  const print = (text: string) => process.stdout.write(`${text}\n`);
  print(`paper AlexNet, ${workers} worker(s) of one core, local batch ${localBatch}, medians of ${rounds} round(s)\n`);
  print(
    table(
      [
        'micro-batches a rank',
        ...['way', 'ms a step', 'core-ms a worker', 'core time ÷ fast', 'core time ÷ one sum', 'bytes sent', 'MB'],
      ],
      rows.map((row) => [
        ...[row.pieces, row.way, row.stepMs, row.cpuMs, row.coreTimeOverFast, row.coreTimeOverPlain],
        ...[row.bytesSent, row.peakMemoryMb],
      ]),
    ),
  );
  conclude(
    `micro-batches-${workers}-workers-${pieces.join('-')}-pieces`,
    { workers, localBatch, rounds, measuredSteps, rows, samples },
    flags.smoke,
  );
}
