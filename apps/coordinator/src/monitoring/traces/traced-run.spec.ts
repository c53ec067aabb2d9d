import { monotonicUs } from '@tandem/observability';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readRecord, writeRecord } from '../../generation-record.js';
import { Cluster } from '../../testing/cluster.js';
import { Collector } from '../../testing/collector.js';
import type { FakeWorker } from '../../testing/fake-worker.js';
import { traceId } from './trace-id.js';

let cluster: Cluster;
let collector: Collector;
let settings: readonly string[];
beforeEach(async () => {
  cluster = await Cluster.make();
  collector = await Collector.listen();
  settings = [`monitoring.traces.endpoint=${collector.url}`, 'monitoring.traces.everySteps=2', 'training.epochs=10'];
});
afterEach(async () => {
  await cluster.close();
  await collector.close();
});

/** Reports a step, and tells of it. */
function make(step: number, worker: FakeWorker): void {
  const endUs = monotonicUs();
  const event = { name: 'step', track: 'TRAINING', step, startUs: endUs - 1_000, endUs } as const;
  worker.send({ timeline: { generation: 1, events: [event], dropped: 0, clockErrorUs: 100 } });
  worker.send({ step: { ...{ generation: 1, worldSize: 2, step, loss: 1, epoch: 1, samples: 8, stepMs: 1 } } });
}

const rows = (count: number) =>
  vi.waitFor(async () => expect(await cluster.metrics()).toHaveLength(count), { timeout: 5_000, interval: 5 });

/** All that was sent, when the coordinator is closed. */
async function sent(): Promise<Buffer> {
  await cluster.coordinator.close();
  return Buffer.concat(collector.posted.map(({ body }) => body));
}

const idOf = (runId: string, step: number) => Buffer.from(traceId({ runId, generation: 1, step, kind: 'step' }), 'hex');

describe('a coordinator that sends traces', () => {
  it('asks workers for the steps, and sends what they say of them', async () => {
    const workers = await cluster.train(2, settings);
    expect(workers[0]!.got('welcome').timeline).toEqual({ firstStep: 1, lastStep: 0, everySteps: 2 });
    const { runId } = workers[0]!.got('welcome');
    for (const step of [1, 2]) for (const worker of workers) make(step, worker);
    await rows(2);
    const all = await sent();
    expect(all.includes(idOf(runId, 2))).toBe(true);
    expect(all.includes(idOf(runId, 1))).toBe(false);
    for (const text of ['rank 0', 'rank 1', 'host-of-worker-1', 'commit']) expect(all.includes(text), text).toBe(true);
  });

  it('goes on with the traces of the coordinator before', async () => {
    const workers = await cluster.train(2, settings);
    workers[0]!.offer(0);
    await workers[0]!.until('snapshotTaken');
    for (const worker of workers) worker.report(1);
    await rows(1);
    const record = readRecord(cluster.runDirectory)!;
    const listen = cluster.coordinator.address;
    await cluster.coordinator.close();
    writeRecord(cluster.runDirectory, record);
    await cluster.start(settings, { resume: true, listen });
    const back = await Promise.all(
      ['worker-0', 'worker-1'].map(async (name) => {
        const worker = await cluster.join(name, { runId: record.runId, generation: 1 });
        await worker.until('welcome');
        worker.step = 1;
        worker.prepare();
        return worker;
      }),
    );
    for (const worker of back) make(2, worker);
    await rows(2);
    const all = await sent();
    expect(all.includes(idOf(record.runId, 2))).toBe(true);
    for (const text of ['rank 0', 'rank 1']) expect(all.includes(text), text).toBe(true);
  });
});
