import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { status as Status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readRecord, writeRecord } from './generation-record.js';
import { Cluster } from './testing/cluster.js';
import type { FakeWorker } from './testing/fake-worker.js';

let cluster: Cluster;
beforeEach(async () => {
  cluster = await Cluster.make();
});
afterEach(() => cluster.close());

const rows = (count: number) =>
  vi.waitFor(async () => expect(await cluster.metrics()).toHaveLength(count), { timeout: 5_000, interval: 5 });

/** Two workers that have trained three steps, and a coordinator in the place of one that was killed then. */
async function comeBack(settings: readonly string[] = []): Promise<{ readonly runId: string }> {
  const workers = await cluster.train(2, ['training.epochs=10']);
  workers[0]!.offer(0);
  await workers[0]!.until('snapshotTaken');
  for (const worker of workers) for (const step of [1, 2, 3]) worker.report(step);
  await rows(3);
  const record = readRecord(cluster.runDirectory)!;
  expect(record).toMatchObject({ generation: 1, members: ['worker-0', 'worker-1'] });
  const listen = cluster.coordinator.address;
  await cluster.coordinator.close();
  expect(existsSync(join(cluster.runDirectory, 'generation.json'))).toBe(false);
  writeRecord(cluster.runDirectory, record);
  await cluster.start(['training.epochs=10', ...settings], { resume: true, listen });
  return record;
}

async function back(name: string, { runId }: { readonly runId: string }, generation = 1): Promise<FakeWorker> {
  const worker = await cluster.join(name, { runId, generation });
  await worker.until('welcome');
  worker.step = 3;
  worker.prepare();
  return worker;
}

const told = (step: number) => ({
  generation: 1,
  worldSize: 2,
  step,
  loss: 1 / step,
  epoch: 1,
  samples: 8,
  stepMs: 10,
});

describe('a coordinator that comes back', () => {
  it('finds its workers in their generation, and books what it missed, each step once', async () => {
    const record = await comeBack();
    const workers = [await back('worker-0', record), await back('worker-1', record)];
    // What was not booked as far as the workers know, and two steps that nobody heard of.
    for (const worker of workers) for (const step of [3, 4, 5]) worker.send({ step: told(step) });
    await rows(5);
    expect(await cluster.metrics()).toMatchObject(
      [1, 2, 3, 4, 5].map((step) => ({ step, generation: 1, worldSize: 2 })),
    );
    expect(workers[0]!.received.some(({ generation }) => generation)).toBe(false);
    expect(workers[0]!.got('welcome').runId).toBe(record.runId);
    workers[0]!.offer(6);
    for (const worker of workers) worker.send({ step: told(6) });
    for (const worker of workers) worker.send({ finished: { step: 6 } });
    expect(await cluster.coordinator.outcome).toMatchObject({ result: 'finished', step: 6 });
  });

  it('goes on with those who came back', async () => {
    const record = await comeBack(['cluster.reattachMs=2000']);
    const worker = await back('worker-1', record);
    worker.step = 4;
    worker.send({ step: told(4) });
    expect(await worker.untilBegin(2)).toMatchObject({ step: 4, weights: 'PEER', behind: [] });
    await rows(4);
  });

  it('forms the next generation where somebody was between two', async () => {
    const record = await comeBack();
    const [a, b] = [await back('worker-0', record), await back('worker-1', record, 0)];
    for (const worker of [a, b]) expect(await worker.untilBegin(2)).toMatchObject({ step: 3 });
  });

  it('takes others in when it knows in which run', async () => {
    const record = await comeBack();
    const late = await cluster.join('late');
    await Promise.all([back('worker-0', record), back('worker-1', record)]);
    expect((await late.until('welcome')).runId).toBe(record.runId);
    late.prepare();
    expect(await late.untilBegin(2)).toMatchObject({ step: 3, behind: [2] });
  });

  it('goes on from the checkpoint where nobody comes back, and refuses whoever comes too late', async () => {
    const record = await comeBack(['cluster.reattachMs=50', 'cluster.minWorkers=1']);
    const fresh = await cluster.join('fresh');
    expect((await fresh.until('welcome')).runId).not.toBe(record.runId);
    fresh.prepare();
    expect(await fresh.untilBegin(1)).toMatchObject({ step: 0, weights: 'CHECKPOINT' });
    expect(await cluster.metrics()).toEqual([]);
    const tooLate = await cluster.join('worker-0', { runId: record.runId, generation: 1 });
    expect(await tooLate.untilEnded()).toMatchObject({
      code: Status.FAILED_PRECONDITION,
      details: expect.stringMatching(/did not go on from its last step: start it anew/) as string,
    });
  });

  it('does not wait for workers of another configuration', async () => {
    const record = await comeBack(['optimizer.learningRate=0.5']);
    const late = await cluster.join('worker-0', { runId: record.runId, generation: 1 });
    expect((await late.untilEnded()).code).toBe(Status.FAILED_PRECONDITION);
  });

  it('is alone with its run directory', async () => {
    await cluster.start();
    await expect(cluster.start([], { resume: true })).rejects.toMatchObject({ code: 'TANDEM_RUN_IN_USE', exitCode: 2 });
  });
});
