import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonicUs } from '@tandem/observability';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Cluster } from '../testing/cluster.js';
import { traceInstant } from './trace-event.js';
import { TraceFile } from './trace-file.js';
import { wantedSteps } from './timeline-steps.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-timeline-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Shown {
  readonly traceEvents: readonly { name: string; ph: string; pid: number; ts: number; dur: number; args: object }[];
}
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Shown;

describe('TraceFile', () => {
  it('is whole JSON after every addition', () => {
    const path = join(folder, 'trace.json');
    const file = new TraceFile(path, { runId: 'r' });
    expect(read(path)).toEqual({ displayTimeUnit: 'ms', otherData: { runId: 'r' }, traceEvents: [] });
    const names = ['first', 'zweites – ü', 'third'];
    for (const [at, name] of names.entries()) {
      file.append([traceInstant({ pid: 1, tid: 1 }, name, at)]);
      file.append([]);
      expect(read(path).traceEvents.map((event) => event.name)).toEqual(names.slice(0, at + 1));
    }
    file.close();
  });
});

describe('wantedSteps', () => {
  it('counts from where the run goes on', () => {
    expect(wantedSteps({ count: 100 }, 0)).toEqual({ first: 1, last: 100 });
    expect(wantedSteps({ count: 5 }, 40)).toEqual({ first: 41, last: 45 });
    expect(wantedSteps({ first: 7, last: 9 }, 40)).toEqual({ first: 7, last: 9 });
  });
});

describe('a coordinator with a timeline', () => {
  let cluster: Cluster;
  beforeEach(async () => {
    cluster = await Cluster.make();
  });
  afterEach(() => cluster.close());

  it('tells workers of which steps, answers with its clock, and writes down what they and it did', async () => {
    const file = join(folder, 'timeline.json');
    const [one, other] = await cluster.train(2, [], { timeline: { file, steps: { first: 3, last: 4 } } });
    expect(one!.got('welcome').timeline).toEqual({ firstStep: 3, lastStep: 4, everySteps: 0 });
    const before = monotonicUs();
    other!.send({ clockProbe: { sentUs: 12.5 } });
    const { probeSentUs, receivedUs, sentUs } = await other!.until('clockReading');
    expect(probeSentUs).toBe(12.5);
    const readings = [before, receivedUs, sentUs, monotonicUs()];
    expect(readings).toEqual([...readings].sort((one, next) => one - next));
    const event = { name: 'all-reduce', track: 'COMMUNICATION', startUs: sentUs, endUs: sentUs + 2_000 } as const;
    const events = [{ ...event, step: 3, bucket: 2, bytesSent: 8, bytesReceived: 16 }];
    other!.send({ timeline: { generation: 1, clockErrorUs: 250, events, dropped: 5 } });
    await vi.waitFor(() => expect(read(file).traceEvents.map(({ name }) => name)).toContain('events dropped'));
    cluster.coordinator.abort('enough');
    await cluster.coordinator.outcome;
    const { traceEvents } = read(file);
    expect(traceEvents.find(({ ph }) => ph === 'X')).toMatchObject({
      ...{ name: 'all-reduce', cat: 'communication', pid: 2, dur: 2_000 },
      args: { step: 3, generation: 1, bucket: 1, bytesSent: 8, bytesReceived: 16 },
    });
    const named = Object.fromEntries(traceEvents.map(({ name, args }) => [name, args]));
    expect(named).toMatchObject({
      process_name: { name: 'rank 1 (worker-1 on host-of-worker-1)' },
      process_labels: { labels: 'clock known to 0.25 ms' },
      thread_name: { name: 'communication, bucket 1' },
      'worker-0 joined': {},
      'training starts': { afterStep: 0 },
      'the run is aborted': { step: 0 },
    });
  });

  it('asks for none where none is wanted', async () => {
    const [worker] = await cluster.train(1);
    expect(worker!.got('welcome').timeline).toBeNull();
  });

  it('refuses a file that cannot be written, before the run begins', async () => {
    const file = join(folder, 'missing', 'timeline.json');
    await expect(cluster.start([], { timeline: { file } })).rejects.toMatchObject({
      name: 'ConfigurationError',
      code: 'TANDEM_TIMELINE_WRITE',
      message: expect.stringContaining(file) as string,
    });
  });
});
