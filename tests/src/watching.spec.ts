import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryMessage } from '@tandem/page';
import sharp from 'sharp';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readerScript, tensorBoardEnvironment } from '../tensorboard/environment.js';
import { makeIdxDataset } from './support/data-sets.js';
import { metricsOf } from './support/run-directory.js';
import { scratchFolder } from './support/scratch.js';
import { RunningTandem, startTandem, tandem } from './support/tandem.js';
import { waitUntil } from './support/wait-until.js';

const scratch = scratchFolder();
const run = join(scratch, 'run');
const python = tensorBoardEnvironment.installed;

afterEach(() => RunningTandem.killAll());

/** Where a process says that its metrics are. */
function metricsUrl(name: string): string | undefined {
  return saidBy(name, /metrics at (http:[^"]*)/);
}

function saidBy(name: string, pattern: RegExp): string | undefined {
  const log = join(run, 'logs', `${name}.jsonl`);
  return existsSync(log) ? pattern.exec(readFileSync(log, 'utf8'))?.[1] : undefined;
}

/** The first history that the page is told. */
async function historyOf(page: string): Promise<HistoryMessage> {
  const { body } = await fetch(`${page}events`);
  let text = '';
  for await (const piece of body!) {
    text += Buffer.from(piece as Uint8Array).toString('utf8');
    const [, json] = /^event: history\nid: .*\ndata: (.*)\n\n/m.exec(text) ?? [];
    // Leaving the loop closes the stream.
    if (json !== undefined) return JSON.parse(json) as HistoryMessage;
  }
  throw new Error(`the page told no history: ${text}`);
}

/** Whether events of this tag are written. */
function tensorBoardHas(tag: string): boolean {
  const folder = join(run, 'tensorboard');
  return readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes(tag));
}

function valueOf(text: string, series: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? NaN : Number(line.slice(series.length + 1));
}

const textOf = async (url: string) => (await fetch(url)).text();

describe('a run of two workers that is watched, stopped and resumed', () => {
  const scraped: Record<string, string> = {};
  const healthy: string[] = [];
  const page: { history?: HistoryMessage; samples?: { title: string; png: Buffer } } = {};

  beforeAll(async () => {
    makeIdxDataset(join(scratch, 'idx'), { train: 40, evaluation: 20 });
    const config = join(scratch, 'config.yaml');
    writeFileSync(
      config,
      `
model: { name: small }
data: { format: idx, train: ${scratch}/idx/train, eval: ${scratch}/idx/eval }
training: { globalBatch: 20, epochs: 10000, seed: 7 }
evaluation: { everyEpochs: 1 }
checkpoint: { everySteps: 5, keep: 2 }
monitoring: { tensorboard: true }
`,
    );
    const flags = ['run', '--config', config, '--workers', '2', '--out', run, '--metrics-listen', '127.0.0.1:0'];
    flags.push('--page-listen', '127.0.0.1:0');
    const first = startTandem(flags);
    const names = ['coordinator', 'worker-0', 'worker-1'];
    await waitUntil(
      'steps and an evaluation in the metrics of all three processes, and a picture for TensorBoard',
      async () => {
        expect(first.hasEnded, first.output).toBe(false);
        for (const name of names) {
          const url = metricsUrl(name);
          if (url === undefined) return false;
          scraped[name] = await textOf(url).catch(() => '');
        }
        return (
          valueOf(scraped['coordinator']!, 'tandem_steps_total') >= 6 &&
          valueOf(scraped['coordinator']!, 'tandem_evaluation_step') >= 2 &&
          names.slice(1).every((name) => valueOf(scraped[name]!, 'tandem_worker_steps_total') >= 6) &&
          tensorBoardHas('train/augmented_images')
        );
      },
      120_000,
    );
    for (const name of names) healthy.push(await textOf(metricsUrl(name)!.replace('/metrics', '/health')));
    const pageUrl = saidBy('coordinator', /page is at (http:[^"]*)/)!;
    page.history = await historyOf(pageUrl);
    const samples = await fetch(`${pageUrl}samples`);
    expect(samples.status).toBe(200);
    page.samples = {
      title: decodeURIComponent(samples.headers.get('x-tandem-title')!),
      png: Buffer.from(await samples.arrayBuffer()),
    };
    first.kill('SIGINT');
    const { exitCode, output } = await first.finished;
    expect(exitCode, output).toBe(0);
    const step = metricsOf(run).findLast(({ type }) => type === 'step')!.step;
    const again = await tandem([...flags, '--resume', '--max-steps', String(step + 3)]);
    expect(again.exitCode, again.output).toBe(0);
  }, 300_000);

  it('says that it serves, and counts steps, phases and bytes in every process', () => {
    expect(healthy).toEqual(Array(3).fill('SERVING\n'));
    const coordinator = scraped['coordinator']!;
    expect(valueOf(coordinator, 'tandem_run_state{state="training"}')).toBe(1);
    expect(valueOf(coordinator, 'tandem_world_size')).toBe(2);
    expect(valueOf(coordinator, 'tandem_loss')).toBeGreaterThan(0);
    expect(valueOf(coordinator, 'tandem_evaluation_error_ratio{top="1"}')).toBeGreaterThanOrEqual(0);
    expect(valueOf(coordinator, 'tandem_checkpoint_duration_seconds_count')).toBeGreaterThanOrEqual(1);
    for (const rank of [0, 1])
      for (const phase of ['data', 'compute', 'exchange', 'update'])
        expect(valueOf(coordinator, `tandem_phase_seconds_total{rank="${rank}",phase="${phase}"}`)).toBeGreaterThan(0);
    const ranks = ['worker-0', 'worker-1'].map((name) => {
      const worker = scraped[name]!;
      expect(valueOf(worker, 'tandem_worker_phase_seconds_total{phase="compute"}')).toBeGreaterThan(0);
      expect(valueOf(worker, 'tandem_worker_sent_bytes_total')).toBeGreaterThan(0);
      expect(valueOf(worker, 'tandem_worker_coordinator_connected')).toBe(1);
      expect(valueOf(worker, 'tandem_worker_ready_batches')).toBeLessThanOrEqual(2);
      expect(valueOf(worker, 'process_resident_memory_bytes')).toBeGreaterThan(50e6);
      return valueOf(worker, 'tandem_worker_rank');
    });
    expect(ranks.toSorted()).toEqual([0, 1]);
  });

  it('shows its curves, its workers’ joining and its samples on a page', async () => {
    const { steps, evaluations, marks } = page.history!;
    const rows = metricsOf(run).filter(({ type, step }) => type === 'step' && step <= steps.step.at(-1)!);
    expect(rows.length).toBeGreaterThanOrEqual(6);
    expect(steps.loss).toEqual(rows.map(({ loss }) => loss));
    expect(evaluations.step[0]).toBe(2);
    expect(marks.map(({ kind }) => kind)).toEqual(['joined', 'joined', 'generation']);
    const { title, png } = page.samples!;
    expect(title).toMatch(/^Step \d+ \(epoch \d+\): 20 samples$/);
    expect((await sharp(png).metadata()).format).toBe('png');
  });

  it.skipIf(python === undefined)('is read by TensorBoard’s own reader as metrics.jsonl has it', async () => {
    const read = JSON.parse(
      execFileSync(python!, [readerScript, join(run, 'tensorboard')], { encoding: 'utf8', timeout: 120_000 }),
    ) as Record<'scalars' | 'histograms', Record<string, [step: number, value: number][]>> & {
      images: Record<string, [step: number, [width: number, height: number, png: string]][]>;
    };
    const rows = metricsOf(run);
    const tags = {
      step: {
        'train/loss': 'loss',
        'train/learning_rate': 'learningRate',
        'train/images_per_second': 'imagesPerSecond',
        'train/world_size': 'worldSize',
        'time/step_ms': 'stepMs',
        'time/compute_ms': 'computeMs',
        'time/exchange_ms': 'exchangeMs',
        'time/update_ms': 'updateMs',
      },
      eval: { 'evaluation/top1_error': 'top1', 'evaluation/top5_error': 'top5', 'evaluation/loss': 'loss' },
    };
    const expected = Object.entries(tags).flatMap(([type, names]) =>
      Object.entries(names).map(([tag, key]) => [
        tag,
        rows.filter((row) => row.type === type).map((row) => [row.step, Math.fround(row[key] as number)]),
      ]),
    );
    expect(read.scalars).toEqual(Object.fromEntries(expected));
    expect(read.scalars['train/loss']!.length).toBeGreaterThan(8);
    const kernel = read.histograms['weights/conv1/kernel']!;
    expect(kernel[0]![0]).toBe(0);
    expect(new Set(kernel.map(([, values]) => values)).size).toBe(1);
    expect(read.histograms['momenta/conv1/kernel']!.length).toBe(kernel.length - 1);
    // The picture is that of `tandem preview`, to the byte.
    const [step, [width, height, png]] = read.images['train/augmented_images']![0]!;
    const sheet = join(scratch, 'sheet.png');
    const shown = ['--step', String(step), '--first', '24', '--columns', '8'];
    const preview = await tandem(['preview', '--config', join(run, 'config.yaml'), '--out', sheet, ...shown]);
    expect(preview.exitCode, preview.output).toBe(0);
    expect(Buffer.from(png, 'hex').equals(readFileSync(sheet))).toBe(true);
    expect([width, height]).toEqual([16, 20].map((at) => readFileSync(sheet).readUInt32BE(at)));
    // Of every step with a checkpoint of its own, convolutions' and dense layers', whole or made of factors.
    for (const name of ['conv1/kernel', 'conv1/bias', 'fc3/kernel', 'fc4/kernel']) {
      const gradient = read.histograms[`gradients/${name}`]!;
      expect(gradient.map(([step]) => step)).toEqual(gradient.map((_, index) => 5 * (index + 1)));
      expect(gradient.length).toBeGreaterThanOrEqual(1);
      expect(gradient[0]![1]).toBe(Math.min(65_536, read.histograms[`weights/${name}`]![0]![1]));
    }
  });
});
