import { monotonicUs } from '@tandem/observability';
import type { StepReport, TimelineBatch, TimelineEvent } from '@tandem/rpc';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stepRow } from '../../metrics/rows.js';
import type { Trace } from './trace.js';
import { traceId } from './trace-id.js';
import { Traces } from './traces.js';

const sent: Trace[] = [];
let traces: Traces;
beforeEach(() => {
  sent.length = 0;
  traces = new Traces({
    ...{ everySteps: 10, patienceMs: 1_000, runId: () => 'run', microBatches: () => 3 },
    sink: { send: (trace) => sent.push(trace) },
  });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const worker = (rank: number) => ({ name: `worker-${rank}`, hello: { host: `host-${rank}` } as never });
const form = (generation: number, ...ranks: number[]) => traces.formed(generation, ranks.map(worker));

function event(name: string, startUs: number, endUs: number, more: Partial<TimelineEvent> = {}): TimelineEvent {
  const plain = { track: 'TRAINING', step: 10, bucket: 0, bytesSent: 0, bytesReceived: 0 } as const;
  return { name, startUs, endUs, ...plain, ...more };
}

/** What a worker says, of a step that began at `startUs`. */
function say(rank: number, events: readonly TimelineEvent[], generation = 1): void {
  const batch: TimelineBatch = { generation, events: [...events], dropped: 0, clockErrorUs: 250 };
  traces.recorded(worker(rank), batch);
}

const whole = (startUs: number, step = 10) => [
  event('prepare batch', startUs - 900, startUs - 400, { track: 'DATA', step }),
  event('data', startUs, startUs + 10, { step }),
  event('all-reduce', startUs + 20, startUs + 60, { track: 'COMMUNICATION', bucket: 1, bytesSent: 8, step }),
  event('conv1 forward', startUs + 11, startUs + 20, { step }),
  event('compute', startUs + 10, startUs + 50, { step }),
  event('step', startUs, startUs + 100, { step }),
];

function report(step = 10, generation = 1, worldSize = 2): StepReport {
  return {
    ...{ generation, step, epoch: 2, loss: 0.5, learningRate: 0.01, samples: 8, stepMs: 3, worldSize, skipped: false },
    ...{ dataMs: 1, computeMs: 2, exchangeMs: 0.5, updateMs: 0.25, bytesSent: 64 },
  };
}

function book(reports: readonly StepReport[]): void {
  traces.stepped(stepRow(reports), reports);
}

/** Name, and the name of what it is in. */
const tree = ({ spans }: Trace) =>
  spans.map(({ name, parent }) => `${name} < ${parent === undefined ? '' : spans[parent]!.name}`);

describe('Traces', () => {
  it('sends one trace of a step, when all ranks have told their parts and it is in the books', () => {
    form(1, 0, 1);
    const startUs = monotonicUs() - 2_000;
    say(1, whole(startUs + 5));
    book([report(), report()]);
    say(0, whole(startUs).slice(0, 3));
    expect(sent).toEqual([]);
    say(0, whole(startUs).slice(3));
    expect(sent).toHaveLength(1);
    const [trace] = sent as [Trace];
    expect(trace.id).toBe(traceId({ runId: 'run', generation: 1, step: 10, kind: 'step' }));
    expect(trace.id).toMatch(/^[0-9a-f]{32}$/);
    const ofRank = (rank: number) => [
      `rank ${rank} < step`,
      `data < rank ${rank}`,
      `compute < rank ${rank}`,
      'conv1 forward < compute',
      `all-reduce < rank ${rank}`,
    ];
    expect(tree(trace)).toEqual(['step < ', ...ofRank(0), ...ofRank(1), 'commit < step']);
    for (const { parent, startUs: start, endUs: end } of trace.spans) {
      const outer = trace.spans[parent ?? 0]!;
      expect(start).toBeGreaterThanOrEqual(outer.startUs);
      expect(end).toBeLessThanOrEqual(outer.endUs);
      expect(end).toBeGreaterThanOrEqual(start);
      expect(Math.abs(start / 1e3 - Date.now())).toBeLessThan(60_000);
    }
    const [root, rank0, data, , , allReduce] = trace.spans;
    expect(root!.attributes).toEqual({
      ...{ 'tandem.run.id': 'run', 'tandem.generation': 1, 'tandem.step': 10, 'tandem.epoch': 2 },
      ...{ 'tandem.world_size': 2, 'tandem.images': 8, 'tandem.images_per_second': 2666.67 },
      ...{ 'tandem.loss': 0.5, 'tandem.learning_rate': 0.01 },
    });
    expect(root).not.toHaveProperty('error');
    // Three micro-batches of 3, 3 and 2: rank 0 has the first.
    expect(rank0!.attributes).toEqual({
      ...{ 'tandem.rank': 0, 'tandem.worker': 'worker-0', 'host.name': 'host-0', 'tandem.clock_error_ms': 0.25 },
      ...{ 'tandem.images': 3, 'tandem.bytes_sent': 64, 'tandem.data_ms': 1, 'tandem.compute_ms': 2 },
      ...{ 'tandem.exchange_ms': 0.5, 'tandem.update_ms': 0.25 },
    });
    expect(data!.attributes).toEqual({ 'tandem.prepare_ms': 0.5 });
    expect(allReduce!.attributes).toEqual({
      ...{ 'tandem.bucket': 0, 'tandem.bytes_sent': 8, 'tandem.bytes_received': 0 },
    });
  });

  it('is of the steps that were asked for alone', () => {
    form(1, 0);
    say(0, whole(1e6, 11));
    book([report(11, 1, 1)]);
    traces.close();
    expect(sent).toEqual([]);
  });

  it('sends what it has where a rank says no more', () => {
    form(1, 0, 1);
    say(0, whole(monotonicUs() - 2_000));
    book([report(), report()]);
    vi.advanceTimersByTime(999);
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(sent[0]!.spans[0]!.attributes).toMatchObject({ 'tandem.ranks_missing': 1 });
    // What comes now is of a trace that is gone.
    say(1, whole(monotonicUs() - 2_000));
    traces.close();
    expect(sent).toHaveLength(1);
  });

  it('shows a step that was not committed, and the one that was made in its place, as two', () => {
    form(1, 0, 1);
    const startUs = monotonicUs() - 5_000;
    say(0, whole(startUs).slice(0, 3));
    // Rank 1 is lost: worker-0 makes the step again alone. What is left of its first attempt comes late.
    form(2, 0);
    say(0, [...whole(startUs).slice(3, 5), ...whole(startUs + 1_000)], 2);
    book([report(10, 2, 1)]);
    expect(sent).toHaveLength(1);
    expect(tree(sent[0]!)).toEqual([
      ...['step < ', 'rank 0 < step', 'data < rank 0', 'compute < rank 0', 'conv1 forward < compute'],
      ...['all-reduce < rank 0', 'commit < step'],
    ]);
    vi.advanceTimersByTime(1_000);
    expect(sent).toHaveLength(2);
    const [root, rank] = sent[1]!.spans;
    expect(root).toMatchObject({ error: 'the step was not committed', attributes: { 'tandem.generation': 1 } });
    expect(rank).toMatchObject({
      name: 'rank 0',
      error: 'it is not known to have ended',
      endUs: expect.any(Number) as number,
    });
    expect(sent[1]!.id).not.toBe(sent[0]!.id);
  });

  it('does not take a step that the coordinator before has booked for one that was not committed', () => {
    traces.began(10);
    form(1, 0);
    say(0, [...whole(1e6), ...whole(2e6, 20)]);
    vi.advanceTimersByTime(1_000);
    expect(sent).toHaveLength(1);
    traces.close();
    expect(sent.map(({ spans: [root] }) => [root!.attributes['tandem.step'], root!.error])).toEqual([
      [10, undefined],
      [20, 'the step was not committed'],
    ]);
  });

  it('knows a worker by the rank that it had then', () => {
    form(1, 0, 1);
    form(2, 1);
    say(1, whole(monotonicUs() - 2_000), 1);
    say(7, whole(monotonicUs() - 2_000), 1);
    traces.close();
    expect(tree(sent[0]!)).toContain('rank 1 < step');
    expect(sent[0]!.spans.filter(({ name }) => name.startsWith('rank'))).toHaveLength(1);
  });

  it('has evaluations and checkpoints apart from their step', () => {
    form(1, 0);
    const startUs = monotonicUs() - 9_000;
    say(0, [...whole(startUs), event('evaluation', startUs + 200, startUs + 400)]);
    book([report(10, 1, 1)]);
    traces.evaluated({ type: 'eval', step: 10, top1: 0.5, top5: 0.25, loss: 2 });
    say(0, [event('checkpoint', startUs + 400, startUs + 500)]);
    traces.checkpointWritten({ step: 10, ms: 2 });
    expect(sent.map((trace) => tree(trace).join(', '))).toEqual([
      expect.stringMatching(/^step < , rank 0 < step, .*commit < step$/),
      'evaluation < , rank 0 < evaluation, commit < evaluation',
      'checkpoint < , rank 0 < checkpoint, write < checkpoint',
    ]);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(3);
    expect(sent[1]!.spans[0]!.attributes).toMatchObject({ 'tandem.top1_error': 0.5, 'tandem.loss': 2 });
    expect(sent[2]!.spans[0]!.attributes).toMatchObject({ 'tandem.written': true });
    const write = sent[2]!.spans.at(-1)!;
    expect(write.endUs - write.startUs).toBeCloseTo(2_000, -2);
  });

  it('waits no longer for a checkpoint when the next one is made', () => {
    form(1, 0);
    say(0, [event('checkpoint', 1, 2)]);
    vi.advanceTimersByTime(60_000);
    expect(sent).toEqual([]);
    say(0, [event('checkpoint', 3, 4, { step: 20 })]);
    vi.advanceTimersByTime(1_000);
    expect(sent.map(({ spans }) => spans[0]!.attributes)).toMatchObject([
      { 'tandem.step': 10, 'tandem.written': false },
    ]);
  });

  it('keeps no more than some, whatever is told', () => {
    form(1, 0);
    for (let step = 10; step <= 1_000; step += 10) say(0, [event('data', 1, 2, { step })]);
    expect(sent).toHaveLength(100 - 64);
    traces.close();
    expect(sent).toHaveLength(100);
  });
});
