import { execa, type ResultPromise } from 'execa';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { median } from './median.js';

// A training step of the paper's AlexNet (227×227, 1000 outputs, local batch 32) at 1 and 2 workers, one core each, in turn
// in one go. `npm run bench:step -- --rounds 3 --steps 12`; `--smoke` is a short form that shows that it runs.

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '12' },
    lrn: { type: 'string', default: 'on' },
    smoke: { type: 'boolean', default: false },
  },
});
const rounds = flags.smoke ? 1 : Number(flags.rounds);
const measuredSteps = flags.smoke ? 2 : Number(flags.steps);
// The first steps allocate, compile kernels and have the first checkpoint written beside them.
const warmUpSteps = flags.smoke ? 1 : 5;
const localBatch = flags.smoke ? 4 : 32;
const tandem = join(import.meta.dirname, '../apps/cli/dist/main.js');

interface StepFigures {
  readonly imagesPerSecond: number;
  readonly stepMs: number;
  readonly computeMs: number;
  readonly exchangeMs: number;
  readonly updateMs: number;
  readonly bytesSent: number;
}

/** A line of metrics.jsonl, as far as it is used here. */
interface StepLine extends StepFigures {
  readonly type: string;
}

interface Sample extends StepFigures {
  readonly peakMemoryMb: number;
}

const scratch = mkdtempSync(join(tmpdir(), 'tandem-bench-'));
try {
  await makeImages(join(scratch, 'images'));
  const samples = new Map<number, Sample[]>([
    [1, []],
    [2, []],
  ]);
  for (let round = 1; round <= rounds; round++)
    for (const workers of [1, 2]) {
      const sample = await measure(workers, join(scratch, `run-${round}-${workers}`));
      samples.get(workers)!.push(sample);
      process.stderr.write(`round ${round}, ${workers} worker(s): ${sample.imagesPerSecond.toFixed(1)} images/s\n`);
    }
  report(samples.get(1)!, samples.get(2)!);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** Enough images of the size that AlexNet's data sets have; decoding them is part of the step's core, as in training. */
async function makeImages(folder: string): Promise<void> {
  for (let index = 0; index < 128; index++) {
    const target = join(folder, `class-${index % 2}`);
    mkdirSync(target, { recursive: true });
    const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
    await sharp({ create: { width: 340, height: 256, channels: 3, background: '#808080', noise } })
      .jpeg()
      .toFile(join(target, `${index}.jpg`));
  }
}

async function measure(workers: number, run: string): Promise<Sample> {
  const config = `${run}.yaml`;
  writeFileSync(
    config,
    `
model: { name: alexnet, variant: paper, classes: 1000, lrn: ${flags.lrn !== 'off'} }
data: { format: image-folder, train: ${scratch}/images, mean: [128, 128, 128] }
training: { globalBatch: ${localBatch * workers}, microBatches: ${workers}, epochs: 100000, seed: 1 }
cluster: { minWorkers: ${workers}, maxWorkers: ${workers}, threads: 1 }
checkpoint: { everySteps: 1000000 }
`,
  );
  const lastStep = String(warmUpSteps + measuredSteps);
  const listen = ['--listen', '127.0.0.1:0', '--max-steps', lastStep];
  const coordinator = execa(process.execPath, [tandem, 'coordinator', '--config', config, '--out', run, ...listen]);
  const address = await addressOf(join(run, 'logs/coordinator.jsonl'));
  const processes = Array.from({ length: workers }, (_, rank) =>
    execa('taskset', [
      ...['-c', String(rank % cpus().length), process.execPath, tandem],
      ...['worker', '--coordinator', address, '--name', `worker-${rank}`],
    ]),
  );
  const peak = watchPeakMemory(processes);
  await Promise.all([coordinator, ...processes]);
  const lines = readFileSync(join(run, 'metrics.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as StepLine)
    .filter(({ type }) => type === 'step')
    .slice(warmUpSteps);
  const of = (key: keyof StepFigures) => median(lines.map((line) => line[key]));
  const stepMs = of('stepMs');
  return {
    imagesPerSecond: (1000 * localBatch * workers) / stepMs,
    stepMs,
    computeMs: of('computeMs'),
    exchangeMs: of('exchangeMs'),
    updateMs: of('updateMs'),
    bytesSent: of('bytesSent'),
    peakMemoryMb: peak(),
  };
}

async function addressOf(log: string): Promise<string> {
  for (let tries = 0; tries < 600; tries++) {
    const found = existsSync(log) ? /127\.0\.0\.1:[1-9]\d*/.exec(readFileSync(log, 'utf8')) : null;
    if (found !== null) return found[0];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the coordinator did not say within 30 s where it listens (${log})`);
}

/** Gives the greatest resident set of any of the processes so far, in MB, as the kernel counted it. */
function watchPeakMemory(processes: readonly ResultPromise[]): () => number {
  let peakKb = 0;
  const look = () => {
    for (const { pid } of processes)
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        peakKb = Math.max(peakKb, Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0));
      } catch {
        // It has ended.
      }
  };
  const timer = setInterval(look, 200);
  void Promise.allSettled(processes).then(() => {
    clearInterval(timer);
  });
  return () => peakKb / 1000;
}

function report(one: readonly Sample[], two: readonly Sample[]): void {
  const keys = [
    'imagesPerSecond',
    'stepMs',
    'computeMs',
    'exchangeMs',
    'updateMs',
    'bytesSent',
    'peakMemoryMb',
  ] as const;
  const summary = (samples: readonly Sample[]) =>
    Object.fromEntries(keys.map((key) => [key, Number(median(samples.map((sample) => sample[key])).toFixed(1))]));
  const [a, b] = [summary(one), summary(two)];
  const ratio = median(two.map((sample, round) => sample.imagesPerSecond / one[round]!.imagesPerSecond));
  process.stdout.write(
    `paper AlexNet, 1000 classes, LRN ${flags.lrn}, local batch ${localBatch}, one core a worker, medians of ${rounds} round(s)\n`,
  );
  process.stdout.write(`${'figure'.padEnd(18)}${'1 worker'.padStart(14)}${'2 workers'.padStart(14)}\n`);
  for (const key of keys)
    process.stdout.write(`${key.padEnd(18)}${String(a[key]).padStart(14)}${String(b[key]).padStart(14)}\n`);
  process.stdout.write(
    `images/s of two workers over one: ${ratio.toFixed(2)} (efficiency ${(ratio / 2).toFixed(2)})\n`,
  );
  const figures = { benchmark: 'step', lrn: flags.lrn !== 'off', localBatch, rounds, measuredSteps };
  process.stdout.write(
    `${JSON.stringify({ ...figures, oneWorker: a, twoWorkers: b, ratio: Number(ratio.toFixed(3)) })}\n`,
  );
}
