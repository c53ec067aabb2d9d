import { getStatus } from '@tandem/rpc';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { paperConfig, writeImages } from './paper-network.js';
import { freePort } from './pinned-processes.js';
import { conclude, table } from './report.js';
import { medians, pairedRatio } from './step-figures.js';
import { measureTandem, type TandemFigures } from './tandem-run.js';

// What being watched costs a run: the paper's AlexNet on two workers of a core each, in turn with nothing switched on, and with
// everything: `/metrics` of coordinator and workers read every five seconds (Prometheus is usually told fifteen), a web page that is open,
// TensorBoard's events, and somebody who asks for the status every second. `npm run bench:monitoring -- --rounds 5 [--every SECONDS]`. The
// readers run on the same cores.

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '8' },
    every: { type: 'string', default: '5' },
    smoke: { type: 'boolean', default: false },
  },
});
const WORKERS = 2;
const LOCAL_BATCH = flags.smoke ? 2 : 32;
const SCRAPE_EVERY_MS = 1000 * (flags.smoke ? 1 : Number(flags.every));
const STATUS_EVERY_MS = 1_000;
const rounds = flags.smoke ? 1 : Number(flags.rounds);
const lengths = flags.smoke
  ? { warmUpSteps: 1, measuredSteps: 2 }
  : { warmUpSteps: 4, measuredSteps: Number(flags.steps) };

const scratch = mkdtempSync(join(tmpdir(), 'tandem-bench-monitoring-'));
const samples = { off: [] as TandemFigures[], on: [] as TandemFigures[] };
/** Answers that the readers had, all rounds together: being watched is measured only where somebody looked. */
let answers = 0;
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
  const urls = metrics.map((port) => `http://127.0.0.1:${port}/metrics`);
  const coordinator = ['--metrics-listen', `127.0.0.1:${metrics[0]}`, '--page-listen', `127.0.0.1:${page}`];
  return measureTandem({
    ...run,
    config: `${config}\nmonitoring: { tensorboard: true }`,
    coordinatorFlags: coordinator,
    workerFlags: (rank) => ['--metrics-listen', `127.0.0.1:${metrics[rank + 1]}`],
    beside: (address, ended) => {
      for (const url of urls) every(SCRAPE_EVERY_MS, ended, async () => void (await (await fetch(url)).text()));
      every(STATUS_EVERY_MS, ended, async () => void (await getStatus(address, {})));
      void readEvents(`http://127.0.0.1:${page}/events`, ended);
    },
  });
}

/** Again and again, whether it succeeds or not: a process may not listen yet, or no more. */
function every(ms: number, ended: AbortSignal, read: () => Promise<void>): void {
  const timer = setInterval(() => {
    read().then(
      () => answers++,
      () => undefined,
    );
  }, ms);
  ended.addEventListener('abort', () => clearInterval(timer));
}

/** As an open page does. */
async function readEvents(url: string, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    try {
      const { body } = await fetch(url, { signal: ended });
      for await (const piece of body!) answers += (piece as Uint8Array).length > 0 ? 1 : 0;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, STATUS_EVERY_MS));
    }
  }
}

function report(): void {
  if (answers === 0) throw new Error('nobody had an answer of what was to be watched');
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
  const ratios = Object.fromEntries(keys.map((key) => [key, pairedRatio(on, off, (sample) => sample[key])]));
  process.stdout.write(
    table(
      ['figure, median of the rounds', 'watched', 'unwatched', 'ratio, median of the rounds'],
      keys.map((key) => [key, watched[key] ?? null, alone[key] ?? null, ratios[key] ?? null]),
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
      answers,
      ratios,
      samples,
    },
    flags.smoke,
  );
}
