import { MAX_LOG_ROWS } from '@tandem/page';
import type { StepReport } from '@tandem/rpc';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { EvaluationRow, MetricsRow, StepRow } from '../metrics/rows.js';
import { RunHistory } from './run-history.js';

const row = (step: number, changes: Partial<StepRow> = {}): StepRow => ({
  ...{ type: 'step', step, epoch: 1, loss: step, learningRate: 0.5, worldSize: 2, generation: 1, samples: 8 },
  ...{ imagesPerSecond: 100, stepMs: 1, computeMs: 1, exchangeMs: 0, updateMs: 0, bytesSent: 0, ...changes },
});
const evaluation = (step: number): EvaluationRow => ({ type: 'eval', step, top1: 0.5, top5: 0.1, loss: 0.7 });
const entry = (message: string, event = 'run.notice') =>
  ({ timeMs: 5, level: 'info', event, message, process: 'coordinator' }) as const;

let recorded: MetricsRow[];
let failures: unknown[];
let history: RunHistory;
beforeEach(() => {
  recorded = [];
  failures = [];
  history = new RunHistory({
    async *recorded(step) {
      yield* recorded.filter((each) => each.step <= step);
    },
    failed: (error) => failures.push(error),
  });
});

const steps = () => history.all().steps.step;

it('tells who has a part the rest, and who has something else nothing', () => {
  history.stepped(row(1), []);
  const { position } = history;
  expect(history.since(position)!.steps.step).toEqual([]);
  history.stepped(row(2), []);
  history.evaluated(evaluation(2));
  history.logged(entry('hello'));
  expect(history.since(position)).toEqual({
    steps: { step: [2], loss: [2], imagesPerSecond: [100], learningRate: [0.5] },
    evaluations: { step: [2], top1: [0.5], top5: [0.1], loss: [0.7] },
    marks: [],
    log: [{ ...entry('hello'), rank: null, step: null }],
  });
  for (const other of [undefined, '', 'x', '.5', `x${position}`, `${position}x`])
    expect(history.since(other)).toBeUndefined();
});

it('marks the coordinator’s events of the membership, at the step that they say or the last', () => {
  history.stepped(row(7), []);
  for (const event of ['worker.joined', 'worker.lost', 'generation.formed', 'step'])
    history.logged(entry(event, event));
  history.logged({ ...entry('earlier', 'worker.lost'), step: 3, rank: 1 });
  history.logged({ ...entry('not its own', 'generation.formed'), process: 'worker-0' });
  expect(history.all().marks).toEqual([
    { kind: 'joined', step: 7, timeMs: 5, text: 'worker.joined' },
    { kind: 'lost', step: 7, timeMs: 5, text: 'worker.lost' },
    { kind: 'generation', step: 7, timeMs: 5, text: 'generation.formed' },
    { kind: 'lost', step: 3, timeMs: 5, text: 'earlier' },
  ]);
});

it('keeps the newest lines of the log', () => {
  for (let line = 0; line < 3 * MAX_LOG_ROWS; line++) history.logged(entry(`line ${line}`));
  const { log } = history.all();
  expect(log.length).toBeLessThanOrEqual(MAX_LOG_ROWS);
  expect(log.length).toBeGreaterThan(0.8 * MAX_LOG_ROWS);
  expect(log.at(-1)!.message).toBe(`line ${3 * MAX_LOG_ROWS - 1}`);
});

describe('a run that goes on', () => {
  it('has what is recorded before what comes meanwhile, with its generations', async () => {
    recorded = [row(1), row(2), evaluation(2), row(3, { generation: 2, worldSize: 1 }), row(4)];
    history.logged(entry('worker-0 joined', 'worker.joined'));
    const { position } = history;
    history.began(3);
    history.stepped(row(4, { loss: 44 }), []);
    await vi.waitFor(() => expect(steps()).toEqual([1, 2, 3, 4]));
    expect(history.all().steps.loss).toEqual([1, 2, 3, 44]);
    expect(history.all().evaluations.step).toEqual([2]);
    expect(history.all().marks.map(({ kind, step, text }) => `${kind} ${step}: ${text}`)).toEqual([
      'joined 0: worker-0 joined',
      'generation 0: generation 1 trained with 2 workers',
      'generation 2: generation 2 trained with 1 worker',
    ]);
    expect(history.since(position)).toBeUndefined();
    expect(failures).toEqual([]);
  });

  it('forgets what no longer holds', async () => {
    for (const step of [1, 2, 3]) history.stepped(row(step), []);
    recorded = [row(1), row(2), row(3)];
    history.began(2);
    await vi.waitFor(() => expect(steps()).toEqual([1, 2]));
    history.began(0);
    expect(steps()).toEqual([]);
  });

  it('goes on without what cannot be read', async () => {
    history = new RunHistory({
      async *recorded() {
        throw new Error('EIO');
      },
      failed: (error) => failures.push(error),
    });
    history.began(3);
    history.stepped(row(4), []);
    await vi.waitFor(() => expect(steps()).toEqual([4]));
    expect(failures).toEqual([new Error('EIO')]);
  });
});

describe('the breakdown', () => {
  const report = (rank: number, generation = 1) =>
    ({ generation, dataMs: 1, computeMs: 10 * (rank + 1), exchangeMs: 2.25, updateMs: -1 }) as StepReport;

  it('has the means of each rank over the last 20 steps', () => {
    for (let step = 1; step <= 30; step++)
      history.stepped(row(step), [step <= 10 ? { ...report(0), computeMs: 1e6 } : report(0), report(1)]);
    expect(history.breakdown).toEqual({
      steps: 20,
      ranks: [
        { rank: 0, data: 1, compute: 10, exchange: 2.3, update: 0 },
        { rank: 1, data: 1, compute: 20, exchange: 2.3, update: 0 },
      ],
    });
  });

  it('leaves out steps that not all lived to tell, and begins again with a generation', () => {
    history.stepped(row(1), [report(0), report(1)]);
    history.stepped(row(2), [report(0)]);
    expect(history.breakdown.steps).toBe(1);
    history.stepped(row(3, { worldSize: 1 }), [report(0, 2)]);
    expect(history.breakdown).toMatchObject({ steps: 1, ranks: [{ rank: 0 }] });
  });
});
