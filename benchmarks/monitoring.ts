import { execa } from 'execa';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { meanRatio } from './mean-ratio.js';
import type { Readings, Watched } from './monitoring-readers.js';
import { paperConfig, writeImages } from './paper-network.js';
import { freePort } from './pinned-processes.js';
import { conclude, table } from './report.js';
import { medians } from './step-figures.js';
import { measureTandem, type TandemFigures } from './tandem-run.js';

// What being watched costs a run: the paper's AlexNet on two workers of a core each, in turn with nothing switched on, and with
// everything: `/metrics` of coordinator and workers read every five seconds (Prometheus is usually told fifteen), a web page that is open,
// TensorBoard's events, and somebody who asks for the status every second. `npm run bench:monitoring -- --rounds 5 [--every SECONDS]
// [--readers idle|beside]`. Those who read are on other machines in earnest; here they have the processor time that nobody else wants
// (`idle`: SCHED_IDLE, sched(7)), or take it from the workers as any program would (`beside`).

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '16' },
    every: { type: 'string', default: '5' },
    readers: { type: 'string', default: 'idle' },
    smoke: { type: 'boolean', default: false },
  },
});
const WORKERS = 2;
const LOCAL_BATCH = flags.smoke ? 2 : 32;
const SCRAPE_EVERY_MS = 1000 * (flags.smoke ? 1 : Number(flags.every));
const STATUS_EVERY_MS = 1_000;
const READERS_AT = flags.smoke ? 'beside' : flags.readers;
const rounds = flags.smoke ? 1 : Number(flags.rounds);
const lengths = flags.smoke
  ? { warmUpSteps: 1, measuredSteps: 2 }
  : { warmUpSteps: 4, measuredSteps: Number(flags.steps) };

const scratch = mkdtempSync(join(tmpdir(), 'tandem-bench-monitoring-'));
const samples = { off: [] as TandemFigures[], on: [] as TandemFigures[] };
const readings: Readings[] = [];
try {
  await writeImages(join(scratch, 'images'));
  for (let round = 1; round <= rounds; round++)
    // The first of a round has what the machine has just done behind it: each is first in turn.
    for (const watched of round % 2 === 1 ? [false, true] : [true, false]) {
      const figures = await measure(join(scratch, `${watched ? 'on' : 'off'}-${round}`), watched);
      samples[watched ? 'on' : 'off'].push(figures);
      process.stderr.write(
        `round ${round}, ${watched ? 'watched' : 'unwatched'}: ${figures.imagesPerSecond.toFixed(2)} images/s, ${figures.imagesPerCoreSecond.toFixed(2)} a core-second, ` +
          `coordinator ${(100 * figures.coordinatorShare).toFixed(2)} % of a core\n`,
      );
    }
  report();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function measure(folder: string, watched: boolean): Promise<TandemFigures> {
  const config = paperConfig({
    ...{ images: join(scratch, 'images'), lrn: true, localBatch: LOCAL_BATCH, workers: WORKERS },
    ...(flags.smoke && { width: 0.1 }),
  });
  const run = { folder, workers: WORKERS, globalBatch: WORKERS * LOCAL_BATCH, ...lengths };
  if (!watched) return measureTandem({ ...run, config });
  const [page, ...metrics] = await Promise.all(Array.from({ length: 2 + WORKERS }, freePort));
  const coordinator = ['--metrics-listen', `127.0.0.1:${metrics[0]}`, '--page-listen', `127.0.0.1:${page}`];
  let read: Promise<Readings> | undefined;
  const figures = await measureTandem({
    ...run,
    config: `${config}\nmonitoring: { tensorboard: true }`,
    coordinatorFlags: coordinator,
    workerFlags: (rank) => ['--metrics-listen', `127.0.0.1:${metrics[rank + 1]}`],
    beside: (address, ended) => {
      read = readAll(
        {
          coordinator: address,
          metrics: metrics.map((port) => `http://127.0.0.1:${port}/metrics`),
          events: `http://127.0.0.1:${page}/events`,
          scrapeEveryMs: SCRAPE_EVERY_MS,
          statusEveryMs: STATUS_EVERY_MS,
        },
        ended,
      );
    },
  });
  readings.push(await read!);
  return figures;
}

async function readAll(watched: Watched, ended: AbortSignal): Promise<Readings> {
  const program = ['--import', 'tsx', join(import.meta.dirname, 'monitoring-readers.ts'), JSON.stringify(watched)];
  const readers =
    READERS_AT === 'idle'
      ? execa('chrt', ['--idle', '0', process.execPath, ...program])
      : execa(process.execPath, program);
  ended.addEventListener('abort', () => readers.kill('SIGTERM'));
  const { stdout } = await readers;
  return JSON.parse(stdout) as Readings;
}

function report(): void {
  if (readings.some(({ answers }) => answers === 0)) throw new Error('nobody had an answer of what was to be watched');
  const { on, off } = samples;
  const keys = [
    'imagesPerSecond',
    'imagesPerCoreSecond',
    'stepMs',
    'cpuMs',
    'peakMemoryMb',
    'coordinatorShare',
  ] as const;
  const [watched, alone] = [medians(on, keys), medians(off, keys)];
  const ratios = Object.fromEntries(
    keys.map((key) => [key, meanRatio(on.map((sample, round) => sample[key] / off[round]![key]))]),
  );
  process.stdout.write(
    table(
      ['figure, median of the rounds', 'watched', 'unwatched', 'ratio, mean of the rounds', '± standard error'],
      keys.map((key) => [
        ...[key, watched[key] ?? null, alone[key] ?? null],
        ...[ratios[key]!.mean, ratios[key]!.standardError ?? null],
      ]),
    ),
  );
  conclude(
    'monitoring',
    {
      workers: WORKERS,
      localBatch: LOCAL_BATCH,
      rounds,
      ...lengths,
      scrapeEveryMs: SCRAPE_EVERY_MS,
      readersAt: READERS_AT,
      readings,
      ratios,
      samples,
    },
    flags.smoke,
  );
}
