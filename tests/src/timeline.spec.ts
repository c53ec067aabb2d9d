import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeIdxDataset } from './support/data-sets.js';
import { checkpointDigests, lossesOf } from './support/run-directory.js';
import { scratchFolder } from './support/scratch.js';
import { tandem } from './support/tandem.js';

interface Span {
  readonly ph: string;
  readonly name: string;
  readonly cat: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly args: Readonly<Record<string, number>> & { readonly name?: string; readonly labels?: string };
}

const scratch = scratchFolder();
const config = join(scratch, 'config.yaml');
const STEPS = 9;
/** Times in the file are rounded to nanoseconds. */
const ROUNDING_US = 0.002;

async function train(out: string, ...more: string[]): Promise<string> {
  const run = ['run', '--config', config, '--workers', '2', '--out', join(scratch, out), '--max-steps', String(STEPS)];
  const { exitCode, output } = await tandem([...run, ...more]);
  expect(exitCode, output).toBe(0);
  return join(scratch, out);
}

const endOf = ({ ts, dur }: Span) => ts + dur;
const overlap = (one: Span, other: Span) => one.ts < endOf(other) && other.ts < endOf(one);

describe('--timeline of two workers', () => {
  const file = join(scratch, 'timeline.json');
  let run: string;
  let events: readonly Span[];
  let spans: readonly Span[];
  /** Bound of the two workers' clock offsets against each other, by what the file says. */
  let clocksUs: number;

  const ranks = [1, 2];
  const inRow = (pid: number, category: string) =>
    spans.filter((span) => span.pid === pid && span.cat === category).sort((one, next) => one.ts - next.ts);

  beforeAll(async () => {
    makeIdxDataset(join(scratch, 'idx'), { train: 200, evaluation: 60 });
    writeFileSync(
      config,
      `
model: { name: small }
data: { format: idx, train: ${scratch}/idx/train, eval: ${scratch}/idx/eval }
training: { globalBatch: 50, epochs: 3, seed: 7 }
exchange: { bucketBytes: 65536 }
evaluation: { everyEpochs: 1 }
checkpoint: { everySteps: 5 }
`,
    );
    run = await train('traced', '--timeline', file, '--timeline-steps', '3-8');
    events = (JSON.parse(readFileSync(file, 'utf8')) as { traceEvents: Span[] }).traceEvents;
    spans = events.filter(({ ph }) => ph === 'X');
    const errors = events
      .filter(({ name }) => name === 'process_labels')
      .map(({ args }) => /[\d.]+/.exec(args.labels!));
    clocksUs = errors.reduce((sum, error) => sum + 1e3 * Number(error![0]), 0);
  });

  it('has a row group for each rank and the coordinator, and the steps that were asked for', () => {
    const names = events.filter(({ name }) => name === 'process_name').map(({ pid, args }) => [pid, args.name]);
    expect(Object.fromEntries(names)).toMatchObject({
      1: expect.stringMatching(/^rank 0 \(worker-0 on /) as string,
      2: expect.stringMatching(/^rank 1 \(worker-1 on /) as string,
      1000000: 'coordinator',
    });
    for (const pid of ranks) {
      const steps = inRow(pid, 'training').filter(({ name }) => name === 'step');
      expect(steps.map(({ args }) => args['step'])).toEqual([3, 4, 5, 6, 7, 8]);
      expect(inRow(pid, 'data').map(({ args }) => args['step'])).toEqual([3, 4, 5, 6, 7, 8]);
    }
    const marks = events.filter(({ ph }) => ph === 'i').map(({ name }) => name);
    expect(marks).toEqual(
      expect.arrayContaining([
        'worker-0 joined',
        'training starts',
        'checkpoint written',
        'evaluated',
        'the run is finished',
      ]),
    );
    expect(marks).not.toContain('events dropped');
    const done = new Set(inRow(1, 'training').map(({ name }) => name));
    for (const name of ['data', 'compute', 'exchange', 'update', 'evaluation', 'checkpoint'])
      expect(done).toContain(name);
    for (const name of ['conv1 forward', 'conv1 backward', 'fc3 product']) expect(done).toContain(name);
  });

  it('has spans that nest in every row, and never go back', () => {
    const rows = new Map<string, Span[]>();
    for (const span of spans) {
      expect(span.dur).toBeGreaterThanOrEqual(0);
      const row = `${span.pid}/${span.tid}`;
      rows.set(row, [...(rows.get(row) ?? []), span]);
    }
    for (const row of rows.values()) {
      const open: Span[] = [];
      for (const span of row.sort((one, next) => one.ts - next.ts || next.dur - one.dur)) {
        while (open.length > 0 && endOf(open.at(-1)!) <= span.ts + ROUNDING_US) open.pop();
        const outer = open.at(-1);
        if (outer !== undefined) expect(endOf(span)).toBeLessThanOrEqual(endOf(outer) + ROUNDING_US);
        open.push(span);
      }
      // Row by row, an earlier step is over before a later one begins.
      const steps = row.map(({ args }) => args['step']!);
      expect(steps).toEqual([...steps].sort((one, next) => one - next));
    }
  });

  it('shows buckets on their way while the backward pass goes on', () => {
    for (const pid of ranks) {
      const backward = inRow(pid, 'training').filter(({ name }) => name.endsWith(' backward'));
      const exchanged = inRow(pid, 'communication');
      const hidden = exchanged.filter((bucket) =>
        backward.some((layer) => layer.args['step'] === bucket.args['step'] && overlap(layer, bucket)),
      );
      expect(hidden.length).toBeGreaterThan(0);
      expect(exchanged.some(({ args }) => args['bytesSent']! > 0 && args['bytesReceived']! > 0)).toBe(true);
    }
  });

  it('has all ranks on one clock: no bucket is back before every rank has given its part', () => {
    const [one, other] = ranks.map((pid) => inRow(pid, 'communication')) as [Span[], Span[]];
    expect(one.length).toBeGreaterThan(6);
    for (const bucket of one) {
      const { step, bucket: number } = bucket.args;
      const twin = other.find(({ args }) => args['step'] === step && args['bucket'] === number)!;
      // Estimates change a little while the run goes on.
      const boundUs = clocksUs + 500;
      expect(Math.max(bucket.ts, twin.ts)).toBeLessThan(Math.min(endOf(bucket), endOf(twin)) + boundUs);
    }
  });

  it('changes no bit, and there is none without the flag', async () => {
    const plain = await train('plain');
    expect(lossesOf(plain)).toEqual(lossesOf(run));
    expect(checkpointDigests(plain, STEPS)).toEqual(checkpointDigests(run, STEPS));
    for (const folder of [plain, run]) expect(existsSync(join(folder, 'timeline.json'))).toBe(false);
  });
});

describe('a timeline that cannot be', () => {
  it.each([
    [['--timeline', '/nowhere/timeline.json'], /TANDEM_TIMELINE_WRITE/],
    [['--timeline-steps', '5'], /TANDEM_FLAGS/],
    [['--timeline', join(scratch, 'bad.json'), '--timeline-steps', '7-5'], /Expected the first step/],
  ])('%j ends with 2', async (flags, message) => {
    const run = ['run', '--config', config, '--workers', '1', '--out', join(scratch, 'bad'), ...flags];
    const { exitCode, output } = await tandem(run);
    expect(output).toMatch(message);
    expect(exitCode).toBe(2);
  });
});
