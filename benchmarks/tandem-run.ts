import { execa } from 'execa';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { median } from './median.js';
import { endOf, startPinned } from './pinned-processes.js';
import { cpuMsOf, peakMemoryMbOf } from './process-usage.js';
import type { StepFigures } from './step-figures.js';

const tandem = join(import.meta.dirname, '../apps/cli/dist/main.js');
const POLL_MS = 25;
const START_TIMEOUT_MS = 120_000;

export interface TandemRunOptions {
  /** Not there yet; the run's folder, with the configuration beside it. */
  readonly folder: string;
  /** Without `cluster` and `checkpoint`. */
  readonly config: string;
  readonly workers: number;
  readonly globalBatch: number;
  /** The first steps allocate, compile kernels and have the first checkpoint written beside them. */
  readonly warmUpSteps: number;
  readonly measuredSteps: number;
  /** Where a timeline of the measured steps is to be written. Default: nowhere. */
  readonly timeline?: string;
  readonly coordinatorFlags?: readonly string[];
  readonly workerFlags?: (rank: number) => readonly string[];
  /** What goes on beside the run, from when the coordinator listens until the signal. */
  readonly beside?: (coordinator: string, ended: AbortSignal) => void;
}

export interface TandemFigures extends StepFigures {
  readonly computeMs: number;
  readonly exchangeMs: number;
  readonly updateMs: number;
  /** The most that any rank sent in a step. */
  readonly bytesSent: number;
  /** Processor time of a worker and step, in the mean. */
  readonly cpuMs: number;
  /** Processor time of the coordinator a step, and as a part of a core. */
  readonly coordinatorCpuMs: number;
  readonly coordinatorShare: number;
}

/** A line of metrics.jsonl, as far as it is used here. */
interface StepLine {
  readonly type: string;
  readonly stepMs: number;
  readonly computeMs: number;
  readonly exchangeMs: number;
  readonly updateMs: number;
  readonly bytesSent: number;
}

/** What all processes have used when so many steps are done. */
interface Reading {
  readonly steps: number;
  readonly atMs: number;
  readonly coordinatorMs: number;
  readonly workersMs: number;
}

/** A training run with one worker a core, its coordinator on none in particular: the figures of its steps after the first ones. */
export async function measureTandem(options: TandemRunOptions): Promise<TandemFigures> {
  const { folder, workers, globalBatch, warmUpSteps, measuredSteps } = options;
  const config = `${folder}.yaml`;
  const cluster = `cluster: { minWorkers: ${workers}, maxWorkers: ${workers}, threads: 1, heartbeatTimeoutMs: 60000 }`;
  writeFileSync(config, `${options.config}\n${cluster}\ncheckpoint: { everySteps: 1000000 }\n`);
  const last = warmUpSteps + measuredSteps;
  // Some more steps keep the processes there to be read, and the last checkpoint out of what is measured.
  const more = 1 + Math.floor(measuredSteps / 10);
  const { coordinatorFlags = [], workerFlags = () => [], beside } = options;
  const steps = ['--listen', '127.0.0.1:0', '--max-steps', String(last + more), ...coordinatorFlags];
  if (options.timeline !== undefined)
    steps.push('--timeline', options.timeline, '--timeline-steps', `${warmUpSteps + 1}-${last}`);
  const coordinator = execa(process.execPath, [tandem, 'coordinator', '--config', config, '--out', folder, ...steps]);
  const running = [coordinator];
  // Processes that fail are reported where all are waited for.
  coordinator.catch(() => undefined);
  const ended = new AbortController();
  try {
    const address = await addressOf(join(folder, 'logs/coordinator.jsonl'), coordinator);
    const started = Array.from({ length: workers }, (_, rank) =>
      startPinned(rank, process.execPath, [
        ...[tandem, 'worker', '--coordinator', address, '--name', `worker-${rank}`, ...workerFlags(rank)],
      ]),
    );
    running.push(...(started as typeof running));
    beside?.(address, ended.signal);
    const end = endOf(running).finally(() => {
      ended.abort();
    });
    const metrics = join(folder, 'metrics.jsonl');
    const read = async (atSteps: number) => {
      const done = await until(metrics, atSteps, ended.signal);
      return readingOf(
        done,
        coordinator.pid!,
        started.map(({ pid }) => pid!),
      );
    };
    const readings = (async () => {
      const first = await read(warmUpSteps);
      const second = await read(last);
      const peakMemoryMb = Math.max(...started.map(({ pid }) => peakMemoryMbOf(pid!)));
      return { first, second, peakMemoryMb };
    })();
    const [{ first, second, peakMemoryMb }] = await Promise.all([readings, end]);
    const lines = stepLines(metrics).slice(warmUpSteps, last);
    const of = (key: Exclude<keyof StepLine, 'type'>) => median(lines.map((line) => line[key]));
    const between = second.steps - first.steps;
    const cpuMs = (second.workersMs - first.workersMs) / between;
    const coordinatorMs = second.coordinatorMs - first.coordinatorMs;
    const stepMs = of('stepMs');
    return {
      imagesPerSecond: (1000 * globalBatch) / stepMs,
      imagesPerCoreSecond: (1000 * globalBatch) / cpuMs,
      stepMs,
      peakMemoryMb,
      ...{ computeMs: of('computeMs'), exchangeMs: of('exchangeMs'), updateMs: of('updateMs') },
      bytesSent: of('bytesSent'),
      cpuMs: cpuMs / workers,
      coordinatorCpuMs: coordinatorMs / between,
      coordinatorShare: coordinatorMs / (second.atMs - first.atMs),
    };
  } finally {
    ended.abort();
    for (const each of running) each.kill();
    await Promise.allSettled(running);
  }
}

function stepLines(metrics: string): StepLine[] {
  if (!existsSync(metrics)) return [];
  const lines = readFileSync(metrics, 'utf8').split('\n');
  // A line that is still being written has no end.
  return lines
    .slice(0, -1)
    .map((line) => JSON.parse(line) as StepLine)
    .filter(({ type }) => type === 'step');
}

async function until(metrics: string, steps: number, ended: AbortSignal): Promise<number> {
  let done = 0;
  let size = -1;
  for (;;) {
    // Reading all of it each time would take a hundredth of a core from what is measured.
    const now = existsSync(metrics) ? statSync(metrics).size : 0;
    if (now !== size) done = stepLines(metrics).length;
    size = now;
    if (done >= steps) return done;
    if (ended.aborted) throw new Error(`the run ended after ${done} steps, ${steps} were to be measured (${metrics})`);
    await delay(POLL_MS);
  }
}

function readingOf(steps: number, coordinator: number, workers: readonly number[]): Reading {
  const workersMs = workers.reduce((sum, pid) => sum + cpuMsOf(pid), 0);
  return { steps, atMs: performance.now(), coordinatorMs: cpuMsOf(coordinator), workersMs };
}

async function addressOf(log: string, coordinator: PromiseLike<unknown>): Promise<string> {
  const limit = performance.now() + START_TIMEOUT_MS;
  let over = false;
  void Promise.resolve(coordinator).then(
    () => (over = true),
    () => (over = true),
  );
  while (!over && performance.now() < limit) {
    const found = existsSync(log) ? /listens at (127\.0\.0\.1:[1-9]\d*)/.exec(readFileSync(log, 'utf8')) : null;
    if (found !== null) return found[1]!;
    await delay(POLL_MS);
  }
  throw new Error(`the coordinator did not say within ${START_TIMEOUT_MS / 1000} s where it listens (${log})`);
}
