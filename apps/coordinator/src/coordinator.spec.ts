import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { credentials, status as Status } from '@grpc/grpc-js';
import { listCheckpoints, readCheckpoint } from '@tandem/checkpoint';
import { ConfigurationError, RunError } from '@tandem/core';
import { loadConfig } from '@tandem/core/config';
import { callForState, fetchState, getStatus, loadTandemProtocol, LOOPBACK_ONLY } from '@tandem/rpc';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Cluster } from './testing/cluster.js';
import type { FakeWorker } from './testing/fake-worker.js';

let cluster: Cluster;
beforeEach(async () => {
  cluster = await Cluster.make();
});
afterEach(() => cluster.close());

const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 5_000, interval: 5 });
/** All of these steps, reported by all. */
function step(workers: readonly FakeWorker[], ...steps: number[]): void {
  for (const number of steps) for (const worker of workers) worker.report(number);
}
async function finish(workers: readonly FakeWorker[], last: number): Promise<void> {
  workers[0]!.offer(last);
  for (const worker of workers) worker.send({ finished: { step: last } });
  await cluster.coordinator.outcome;
  await cluster.coordinator.close();
}

describe('joining', () => {
  it('welcomes a worker with the run and its configuration', async () => {
    await cluster.start();
    const worker = await cluster.join('a');
    const { heartbeatMs, configJson, runId } = await worker.until('welcome');
    expect(heartbeatMs).toBe(500);
    expect(JSON.parse(configJson)).toMatchObject({ training: { globalBatch: 8 } });
    expect(runId).not.toBe('');
  });

  it('refuses another protocol version', async () => {
    await cluster.start();
    const worker = await cluster.join('a', { protocolVersion: 99 });
    expect(await worker.untilEnded()).toMatchObject({
      code: Status.FAILED_PRECONDITION,
      details: expect.stringMatching(/protocol version 2, a speaks 99: install the same version/) as string,
    });
  });

  it('refuses a second worker of the same name, and gives the name free when the first leaves', async () => {
    await cluster.start(['cluster.minWorkers=3']);
    const first = await cluster.join('a');
    await first.until('welcome');
    expect(await (await cluster.join('a')).untilEnded()).toMatchObject({
      code: Status.ALREADY_EXISTS,
      details: expect.stringMatching(/there is a worker a already, on host-of-a \(process 4711\)/) as string,
    });
    await first.die();
    await eventually(async () => {
      await (await cluster.join('a')).until('welcome');
    });
  });
});

describe('the cluster’s log', () => {
  it('has the coordinator’s lines and those of its workers, also of one that fails', async () => {
    const workers = await cluster.train(2);
    const line = { timeMs: 5, level: 'WARN', event: 'data.decoder-missing', message: 'slow', generation: 1, rank: 1 };
    workers[1]!.send({ log: { entries: [line as object], dropped: 4 } });
    step(workers, 1);
    workers[0]!.send({ log: { entries: [{ timeMs: 6, level: 'ERROR', event: 'worker.failed', message: 'broken' }] } });
    workers[0]!.send({ failure: { code: 'TANDEM_UNFORESEEN', message: 'broken', exitCode: 1 } });
    const log = join(cluster.runDirectory, 'logs/cluster.jsonl');
    await eventually(async () => expect(await readFile(log, 'utf8')).toContain('"worker.lost"'));
    await cluster.coordinator.close();
    const lines = (await readFile(log, 'utf8'))
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as object);
    const who = { name: 'worker-1', hostname: 'host-of-worker-1', pid: 4711, runId: workers[0]!.got('welcome').runId };
    expect(lines).toContainEqual({
      ...{ level: 40, time: 5, ...who, generation: 1, rank: 1, step: 0 },
      ...{ event: 'data.decoder-missing', msg: 'slow' },
    });
    expect(lines).toContainEqual(expect.objectContaining({ ...who, event: 'log.dropped', level: 40 }));
    const own = (await readFile(join(cluster.runDirectory, 'logs/coordinator.jsonl'), 'utf8')).trim().split('\n');
    const names = own.map((text) => (JSON.parse(text) as { event: string }).event);
    expect(names).toContain('generation.formed');
    const kept = lines.filter((each) => (each as { name: string }).name === 'coordinator');
    expect(kept.map((each) => (each as { event: string }).event)).toEqual(names);
  });
});

describe('the start', () => {
  it('waits for minWorkers to prepare, ranks by name and fills in microBatches', async () => {
    await cluster.start(['cluster.minWorkers=2', 'cluster.settleMs=30', 'cluster.maxWorkers=6'], { lastStep: 7 });
    const [second, first] = [await cluster.join('w-10'), await cluster.join('w-9')];
    await second.until('welcome');
    second.prepare();
    await first.until('welcome');
    expect(second.received.map(({ kind }) => kind)).not.toContain('generation');
    first.prepare();
    const generation = await first.until('generation');
    expect(generation).toMatchObject({ number: 1 });
    expect(await first.until('begin')).toMatchObject({ step: 0, weights: 'SEED', lastStep: 7, checkpointDue: true });
    expect(generation.members.map(({ rank, name }) => [rank, name])).toEqual([
      [0, 'w-9'],
      [1, 'w-10'],
    ]);
    expect(generation.members[0]!.address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(JSON.parse(generation.configJson)).toMatchObject({ training: { microBatches: 6 } });
    expect(loadConfig(join(cluster.runDirectory, 'config.yaml')).training.microBatches).toBe(6);
  });

  it.each([
    ['data', { datasetDigest: 'd2' }, /the data set digest of rank 1 \(worker-1\) on host-of-worker-1 is d2/],
    ['code', { networkDigest: 'c2' }, /the digest of the network’s code \(model\.module\) of rank 1 .* is c2/],
    ['TensorFlow', { tensorflowVersion: '2.20.0' }, /TensorFlow of rank 1 .* is 2\.20\.0, of rank 0 .* it is 2\.21\.0/],
    [
      'engine',
      { engine: 'wasm', tensorflowVersion: 'tfjs-backend-wasm 4.22.0' },
      /the engine of rank 1 .* is wasm, of rank 0 .* it is native/,
    ],
    ['threads', { threads: 4 }, /the number of threads of rank 1 .* is 4/],
    [
      'network',
      { parameters: [{ name: 'fc6/kernel', shape: [2, 3] }] },
      /parameter 0: fc6\/kernel \[2, 3\] against fc6\/kernel \[2, 2\]/,
    ],
  ])('fails by name where the %s differs', async (_, changes, message) => {
    await cluster.start([], { worldSize: 2 });
    const [a, b] = [await cluster.join('worker-0'), await cluster.join('worker-1')];
    a.prepare();
    b.prepare(changes);
    const { result, error } = await cluster.coordinator.outcome;
    expect(result).toBe('failed');
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error?.message).toMatch(message);
    expect((await a.until('end')).reason).toMatch(message);
  });

  it('fails where the ranks start with other weights', async () => {
    await cluster.start([], { worldSize: 2 });
    const workers = [await cluster.join('worker-0'), await cluster.join('worker-1')];
    for (const [index, worker] of workers.entries()) {
      worker.weights = `w${index}`;
      worker.prepare();
    }
    expect((await cluster.coordinator.outcome).reason).toMatch(
      /rank 1 \(worker-1\) .* starts with other weights than rank 0/,
    );
  });

  it('names who is missing when it takes too long', async () => {
    await cluster.start(['cluster.minWorkers=2', 'cluster.startTimeoutMs=50']);
    await cluster.join('a');
    const { error } = await cluster.coordinator.outcome;
    expect(error).toMatchObject({ code: 'TANDEM_START_TIMEOUT' });
    expect(error?.message).toMatch(/waited 50 ms for 2 workers to get ready; .*cluster\.startTimeoutMs/);
  });

  it('fails by a worker that cannot prepare, with its exit code', async () => {
    await cluster.start([], { worldSize: 2 });
    const worker = await cluster.join('a');
    worker.send({ failure: { code: 'TANDEM_DATA_MISSING', message: 'data/x: the folder is missing.', exitCode: 2 } });
    const { error, worker: who } = await cluster.coordinator.outcome;
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({
      code: 'TANDEM_DATA_MISSING',
      message: 'a on host-of-a failed: data/x: the folder is missing.',
    });
    expect(who).toBe('a');
  });
});

describe('the books', () => {
  it('has each step once and in order, whoever is ahead', async () => {
    const [a, b] = (await cluster.train(2)) as [FakeWorker, FakeWorker];
    const loss = Math.fround(0.1);
    a.report(1, { loss, computeMs: 5, exchangeMs: 1, updateMs: 2, bytesSent: 100, stepMs: 8 });
    a.send({
      evaluation: {
        generation: 1,
        step: 1,
        totalPieces: 2,
        pieces: [{ index: 1, samples: 2, top1Errors: 2, loss: 3 }],
      },
    });
    a.report(2);
    b.report(1, { loss, computeMs: 3, exchangeMs: 3, updateMs: 1, bytesSent: 300, stepMs: 10 });
    b.report(2);
    await eventually(async () => expect(await cluster.metrics()).toHaveLength(1));
    b.send({
      evaluation: {
        generation: 1,
        step: 1,
        totalPieces: 2,
        pieces: [{ index: 0, samples: 4, top1Errors: 1, top5Errors: 3, loss: 6 }],
      },
    });
    await eventually(async () => expect(await cluster.metrics()).toHaveLength(3));
    expect(await cluster.metrics()).toEqual([
      {
        type: 'step',
        step: 1,
        epoch: 1,
        loss: 0.1,
        learningRate: 0.01,
        worldSize: 2,
        generation: 1,
        samples: 8,
        imagesPerSecond: 800,
        stepMs: 10,
        computeMs: 5,
        exchangeMs: 3,
        updateMs: 2,
        bytesSent: 300,
      },
      { type: 'eval', step: 1, top1: 0.5, top5: 0.5, loss: 1.5 },
      expect.objectContaining({ type: 'step', step: 2, loss: 0.5 }),
    ]);
  });

  it('answers the status', async () => {
    const workers = await cluster.train(2);
    step(workers, 1, 2);
    const client = new (loadTandemProtocol().CoordinatorStub)(
      cluster.coordinator.address,
      credentials.createInsecure(),
    );
    const status = () =>
      new Promise((resolve, reject) =>
        client.getStatus({}, (error, value) => (error === null ? resolve(value) : reject(error))),
      );
    await eventually(async () =>
      expect(await status()).toMatchObject({
        state: 'training',
        generation: 1,
        step: 2,
        totalSteps: 5,
        epoch: 1,
        loss: 0.5,
        members: [
          { rank: 0, name: 'worker-0', host: 'host-of-worker-0', step: 2, device: 'cpu' },
          { rank: 1, name: 'worker-1', step: 2 },
        ],
        detail: null,
      }),
    );
    client.close();
  });

  it('answers with all that a live view shows, where it is asked for', async () => {
    const workers = await cluster.train(2, ['training.microBatches=4']);
    workers[0]!.report(1, { dataMs: 1, computeMs: 6, exchangeMs: 2, updateMs: 1, stepMs: 20 });
    workers[1]!.report(1);
    step(workers, 2);
    workers[1]!.report(3, { stepMs: 5 });
    const message = `${'x'.repeat(400)}`;
    workers[1]!.send({ log: { entries: [{ timeMs: 7, level: 'WARN', event: 'data.decoder-missing', message }] } });
    const status = () => getStatus(cluster.coordinator.address, { detail: true });
    await eventually(async () => {
      const { step: last, detail } = await status();
      expect(last).toBe(2);
      expect(detail!.events.at(-1)!.process).toBe('worker-1');
      expect(detail!.times[1]!.step).toBe(3);
    });
    const { detail } = await status();
    const { timeMs, remainingMs, losses, times, events } = detail!;
    expect(Math.abs(timeMs - Date.now())).toBeLessThan(60_000);
    expect(losses).toEqual([1, 0.5]);
    expect(remainingMs).toBeGreaterThan(0);
    const none = { dataMs: 0, computeMs: 0, exchangeMs: 0, updateMs: 0 };
    // Half of 8 samples each.
    expect(times).toEqual([
      { step: 2, stepMs: 10, ...none, imagesPerSecond: 400 },
      { step: 3, stepMs: 5, ...none, imagesPerSecond: 800 },
    ]);
    expect(events.map(({ entry }) => entry!.event)).not.toContain('step');
    expect(events.map(({ entry }) => entry!.event)).toContain('training.started');
    expect(events.at(-1)!.entry).toMatchObject({ timeMs: 7, level: 'WARN', message: `${'x'.repeat(300)}…` });
  });
});

describe('failing', () => {
  it('names the rank, the parameter and the step where replicas differ', async () => {
    const [a, b] = (await cluster.train(2)) as [FakeWorker, FakeWorker];
    b.send({ digest: { generation: 1, step: 410, parameterDigests: ['x', 'q'] } });
    a.send({ digest: { generation: 1, step: 410, parameterDigests: ['y', 'q'] } });
    const { result, reason } = await cluster.coordinator.outcome;
    expect(result).toBe('failed');
    expect(reason).toMatch(/rank 1 differs from rank 0 in fc6\/kernel at step 410/);
    expect(await b.until('end')).toMatchObject({ failed: true, reason });
  });

  it('reports the root cause, not the peer that noticed first', async () => {
    const [a, b] = (await cluster.train(2)) as [FakeWorker, FakeWorker];
    a.send({
      failure: { code: 'TANDEM_PEER_LOST', message: 'the exchange lost rank 1', peer: 'worker-1', exitCode: 1 },
    });
    b.send({ failure: { code: 'TANDEM_OUT_OF_MEMORY', message: 'out of memory in conv2', exitCode: 1 } });
    const { error, worker } = await cluster.coordinator.outcome;
    expect(error).toBeInstanceOf(RunError);
    expect(error).toMatchObject({ code: 'TANDEM_OUT_OF_MEMORY' });
    expect(error?.message).toBe('rank 1 (worker-1) on host-of-worker-1 failed: out of memory in conv2.');
    expect(worker).toBe('worker-1');
  });

  it('reports a lost peer where nothing more is heard of it', async () => {
    const [a] = (await cluster.train(2)) as [FakeWorker, FakeWorker];
    a.send({
      failure: { code: 'TANDEM_PEER_LOST', message: 'the exchange lost rank 1', peer: 'worker-1', exitCode: 1 },
    });
    expect(await cluster.coordinator.outcome).toMatchObject({
      worker: 'worker-1',
      error: { code: 'TANDEM_PEER_LOST' },
    });
  });

  it('fails by a step left out', async () => {
    const [a] = (await cluster.train(1)) as [FakeWorker];
    a.report(2);
    expect((await cluster.coordinator.outcome).reason).toMatch(/rank 0 reported step 2 where 1 was next/);
  });
});

describe('a spike of the loss', () => {
  it('is warned of with its step, once', async () => {
    const [worker] = (await cluster.train(1, ['training.epochs=10', 'log.spikeFactor=2'])) as [FakeWorker];
    for (let number = 1; number <= 32; number++)
      worker.report(number, { loss: number === 30 || number === 31 ? 5 : 1 });
    await eventually(async () => expect(await cluster.metrics()).toHaveLength(32));
    await cluster.coordinator.close();
    const log = await readFile(join(cluster.runDirectory, 'logs', 'coordinator.jsonl'), 'utf8');
    expect(log.match(/the loss is .* the median/g)).toHaveLength(1);
    expect(log).toMatch(/the loss is 5\.?0* at step 30, 5\.0 times the median of the steps before \(1/);
  });
});

describe('steps that are not finite', () => {
  const report = (worker: FakeWorker, origins: { place: string; samples: number[] }[]) =>
    worker.send({ nonFinite: { generation: 1, step: 7, loss: NaN, origins } });

  it('stop the run when all ranks have said what they found, naming rank, layer and samples', async () => {
    const [a, b] = (await cluster.train(2)) as [FakeWorker, FakeWorker];
    report(a, []);
    report(b, [{ place: 'the output of conv2', samples: [17, 4] }]);
    const { error } = await cluster.coordinator.outcome;
    expect(error).toMatchObject({ code: 'TANDEM_NON_FINITE', exitCode: 1 });
    expect(error?.message).toMatch(
      /^the loss of step 7 is NaN: the output of conv2 for samples 17, 4 on rank 1 \(worker-1\) on host-of-worker-1\. /,
    );
    expect((await a.until('end')).reason).toBe(error?.message);
  });

  it('are skipped where the configuration says so, and counted', async () => {
    const [a, b] = (await cluster.train(2, ['training.onNonFinite=skip'])) as [FakeWorker, FakeWorker];
    const loss = { generation: 1, step: 1, loss: 0.5, gradients: ['conv1/kernel'], weights: [] };
    for (const worker of [a, b]) worker.send({ nonFinite: loss });
    for (const worker of [a, b]) worker.report(1, { skipped: true });
    step([a, b], 2);
    await eventually(async () => expect(await cluster.metrics()).toHaveLength(2));
    const [first, second] = await cluster.metrics();
    expect(first).toMatchObject({ step: 1, skipped: true });
    expect(second).not.toHaveProperty('skipped');
    await cluster.coordinator.close();
    const log = await readFile(join(cluster.runDirectory, 'logs', 'coordinator.jsonl'), 'utf8');
    expect(log).toMatch(
      /the gradient of step 1 is not finite \(conv1\/kernel\): all ranks’ own are finite, their sum is not\. The step is skipped/,
    );
    expect(log).toMatch(/1 steps were skipped/);
  });
});

describe('skipping', () => {
  it('ends where it would go on for ever', async () => {
    const [worker] = (await cluster.train(1, ['training.onNonFinite=skip', 'training.epochs=9'])) as [FakeWorker];
    const skip = (number: number) => {
      worker.send({ nonFinite: { generation: 1, step: number, loss: NaN, weights: ['fc6/kernel'] } });
      worker.report(number, { skipped: true });
    };
    for (let number = 1; number <= 9; number++) skip(number);
    step([worker], 10);
    for (let number = 11; number <= 20; number++) skip(number);
    const { error } = await cluster.coordinator.outcome;
    expect(error).toMatchObject({ code: 'TANDEM_NON_FINITE' });
    expect(error?.message).toMatch(
      /^10 steps in a row were skipped; the last: the loss of step 20 is NaN: weights were not finite before it: fc6\/kernel/,
    );
  });
});

describe('checkpoints and the end', () => {
  it('pulls snapshots from rank 0 and finishes when the last is written', async () => {
    const workers = await cluster.train(2, ['training.epochs=1', 'checkpoint.keep=1']);
    workers[0]!.offer(0);
    expect(await workers[0]!.until('snapshotTaken')).toEqual({ step: 0 });
    step(workers, 1, 2, 3, 4, 5);
    await finish(workers, 5);
    expect(await cluster.coordinator.outcome).toMatchObject({ result: 'finished', step: 5, error: undefined });
    expect(await workers[1]!.until('end')).toEqual({ failed: false, reason: '' });
    expect((await listCheckpoints(cluster.runDirectory)).map((checkpoint) => checkpoint.step)).toEqual([0, 5]);
    const { manifest, weights, momenta } = await readCheckpoint((await cluster.coordinator.outcome).checkpoint!);
    expect(manifest).toMatchObject({ step: 5, epoch: 1, classes: ['defective', 'functional'], tensorflow: '2.21.0' });
    expect(manifest.channelMeans).toEqual([120.25]);
    expect([...weights]).toEqual([5, 6, 7, 8, 9, 10]);
    expect([...momenta]).toEqual([11, 12, 13, 14, 15, 16]);
  });

  it('says how many images were gone on without, and which, each once', async () => {
    const workers = await cluster.train(2, ['training.epochs=1']);
    step(workers, 1, 2, 3, 4, 5);
    workers[0]!.offer(5);
    const [first, second] = [
      { evaluation: false, sample: 12, name: '/a/12.jpg' },
      { evaluation: true, sample: 3, name: '/a/3.jpg' },
    ];
    workers[0]!.send({ finished: { step: 5, unreadableImages: [second, first] } });
    workers[1]!.send({ finished: { step: 5, unreadableImages: [{ ...first, name: '/b/12.jpg' }] } });
    expect(await cluster.coordinator.outcome).toMatchObject({ result: 'finished' });
    const log = await readFile(join(cluster.runDirectory, 'logs/coordinator.jsonl'), 'utf8');
    expect(log).toMatch(
      /2 images could not be read and were gone on without \(1 of training, 1 of evaluation\): \/[ab]\/12\.jpg, \/a\/3\.jpg/,
    );
  });

  it('fails when the last checkpoint cannot be written, and only then', async () => {
    const workers = await cluster.train(1, ['checkpoint.graceMs=50']);
    await writeFile(join(cluster.runDirectory, 'checkpoints'), 'in the way');
    workers[0]!.offer(0);
    await workers[0]!.until('snapshotTaken');
    step(workers, 1);
    await finish(workers, 1);
    expect(await cluster.coordinator.outcome).toMatchObject({
      result: 'failed',
      missedCheckpoints: [0, 1],
      error: { code: 'TANDEM_CHECKPOINT_WRITE' },
    });
  });

  it('goes on without checkpoints while they cannot be written, loudly, and tries the last one again', async () => {
    const workers = await cluster.train(1, ['checkpoint.graceMs=400']);
    const inTheWay = join(cluster.runDirectory, 'checkpoints');
    await writeFile(inTheWay, 'in the way');
    workers[0]!.offer(0);
    await workers[0]!.until('snapshotTaken');
    step(workers, 1, 2);
    workers[0]!.offer(2);
    workers[0]!.send({ finished: { step: 2 } });
    const log = () => readFile(join(cluster.runDirectory, 'logs', 'coordinator.jsonl'), 'utf8');
    await eventually(async () =>
      expect(await log()).toMatch(/the last checkpoint of the run: it is tried again in 400 ms/),
    );
    await rm(inTheWay);
    expect(await cluster.coordinator.outcome).toMatchObject({
      result: 'finished',
      checkpoint: join(inTheWay, 'step-00000002'),
      missedCheckpoints: [0, 2],
    });
    expect(await log()).toMatch(
      /CHECKPOINTS ARE PAUSED, the one of step 0 failed: .*step-00000000: .*Training goes on/,
    );
    expect(await log()).toMatch(/checkpoints are written again; missed: step 0, 2/);
  });

  it('keeps the best by evaluation beside the newest, and writes no evaluated step that is not', async () => {
    const [worker] = (await cluster.train(1, ['checkpoint.keep=1', 'training.epochs=10'])) as [FakeWorker];
    for (const [at, top1Errors, ifBest] of [
      [10, 4, true],
      [20, 2, true],
      [30, 3, true],
      [40, 5, false],
      [50, 6, false],
    ] as const) {
      step([worker], ...Array.from({ length: 10 }, (_, index) => at - 9 + index));
      worker.offer(at, { ifBest });
      worker.send({
        evaluation: {
          generation: 1,
          step: at,
          totalPieces: 1,
          pieces: [{ index: 0, samples: 6, top1Errors, loss: 1 }],
        },
      });
      await eventually(() => expect(worker.got('snapshotTaken').step).toBe(at));
    }
    const kept = (await listCheckpoints(cluster.runDirectory)).map((checkpoint) => checkpoint.step);
    expect(kept).toEqual([20, 50]);
  });

  it('writes nothing before all ranks have said that their weights are alike', async () => {
    const [a, b] = (await cluster.train(2)) as [FakeWorker, FakeWorker];
    a.send({ digest: { generation: 1, step: 1, parameterDigests: ['x', 'y'] } });
    a.offer(1);
    step([a, b], 1);
    await eventually(async () => expect(await cluster.metrics()).toHaveLength(1));
    expect(await listCheckpoints(cluster.runDirectory)).toEqual([]);
    b.send({ digest: { generation: 1, step: 1, parameterDigests: ['x', 'y'] } });
    await a.until('snapshotTaken');
    expect(await listCheckpoints(cluster.runDirectory)).toHaveLength(1);
  });

  it('gives up a stop that takes longer than checkpoint.graceMs', async () => {
    const [worker] = (await cluster.train(1, ['checkpoint.graceMs=60'])) as [FakeWorker];
    step([worker], 1);
    cluster.coordinator.requestStop('SIGTERM');
    const { result, error } = await cluster.coordinator.outcome;
    expect(result).toBe('failed');
    expect(error).toMatchObject({ code: 'TANDEM_STOP_TIMEOUT', exitCode: 1 });
    expect(error?.message).toMatch(/asked to stop \(SIGTERM\) and had not written its checkpoint 60 ms later/);
  });

  it('stops in order when asked, with a checkpoint', async () => {
    const workers = await cluster.train(2, ['training.epochs=10']);
    step(workers, 1);
    workers[1]!.send({ stopRequest: { reason: 'SIGTERM' } });
    for (const worker of workers)
      expect((await worker.until('stop')).reason).toMatch(/worker-1.* was asked to stop: SIGTERM/);
    step(workers, 2);
    await finish(workers, 2);
    expect(await cluster.coordinator.outcome).toMatchObject({ result: 'stopped', step: 2 });
    expect((await workers[0]!.until('end')).failed).toBe(false);
  });

  it('stops before it began', async () => {
    await cluster.start(['cluster.minWorkers=2']);
    const worker = await cluster.join('a');
    await worker.until('welcome');
    cluster.coordinator.requestStop('Ctrl-C');
    expect(await cluster.coordinator.outcome).toMatchObject({ result: 'stopped', checkpoint: undefined });
    expect((await worker.until('end')).failed).toBe(false);
  });

  it('aborts at once', async () => {
    const [worker] = (await cluster.train(1)) as [FakeWorker];
    cluster.coordinator.abort('SIGINT twice');
    expect(await cluster.coordinator.outcome).toMatchObject({ result: 'aborted' });
    expect(await worker.until('end')).toEqual({ failed: true, reason: 'SIGINT twice' });
  });
});

describe('the run directory', () => {
  it('goes on from the newest checkpoint, cutting what was recorded after it', async () => {
    const first = await cluster.train(2, ['training.epochs=10']);
    step(first, 1, 2);
    first[0]!.offer(2);
    await first[0]!.until('snapshotTaken');
    step(first, 3, 4);
    await eventually(async () => expect(await cluster.metrics()).toHaveLength(4));
    await cluster.coordinator.close();
    await writeFile(join(cluster.runDirectory, 'metrics.jsonl'), '{"type":"step","st', { flag: 'a' });

    const [worker] = (await cluster.train(1, ['training.epochs=10', 'optimizer.learningRate=0.5'], {
      resume: true,
    })) as [FakeWorker];
    const generation = worker.got('generation');
    expect(worker.got('begin')).toMatchObject({ step: 2, weights: 'CHECKPOINT' });
    expect(JSON.parse(generation.configJson)).toMatchObject({ training: { microBatches: 2 } });
    expect(await cluster.metrics()).toHaveLength(2);
    step([worker], 3);
    await eventually(async () =>
      expect(await cluster.metrics()).toMatchObject([{ step: 1 }, { step: 2 }, { step: 3, worldSize: 1 }]),
    );
    const log = await readFile(join(cluster.runDirectory, 'logs', 'coordinator.jsonl'), 'utf8');
    expect(log).toMatch(/goes on with other bits\. optimizer\.learningRate: 0\.01 → 0\.5/);
  });

  it('gives the checkpoint to workers until they are ready', async () => {
    const first = await cluster.train(1);
    step(first, 1);
    await finish(first, 1);
    await cluster.start(['training.epochs=2'], { resume: true, worldSize: 1 });
    const worker = await cluster.join('worker-0');
    worker.answers = false;
    worker.prepare();
    await worker.until('generation');
    worker.stand();
    await worker.until('begin');
    const { address } = cluster.coordinator;
    const { runId } = worker.got('welcome');
    const fetched = (step: number) =>
      fetchState({
        open: callForState({ address, peer: 'coordinator', request: { runId, step }, security: LOOPBACK_ONLY }),
        from: 'the coordinator',
      });
    const state = await fetched(1);
    expect([...new Float32Array(state.buffer as ArrayBuffer)]).toEqual(
      Array.from({ length: 12 }, (_, index) => 1 + index),
    );
    await expect(fetched(9)).rejects.toThrow(/has no state of step 9/);
  });

  it('starts fresh where there is nothing to resume, and says so', async () => {
    await cluster.train(1, [], { resume: true });
    const log = await readFile(join(cluster.runDirectory, 'logs', 'coordinator.jsonl'), 'utf8');
    expect(log).toMatch(/There is no checkpoint in .* yet: the run starts from the beginning/);
  });

  it('passes over a broken checkpoint by name', async () => {
    const first = await cluster.train(1);
    step(first, 1);
    first[0]!.offer(1);
    await first[0]!.until('snapshotTaken');
    step(first, 2);
    await finish(first, 2);
    await writeFile(join(cluster.runDirectory, 'checkpoints', 'step-00000002', 'model.safetensors'), 'x');
    const [worker] = (await cluster.train(1, [], { resume: true })) as [FakeWorker];
    expect(worker.got('begin').step).toBe(1);
    expect(existsSync(join(cluster.runDirectory, 'checkpoints', 'step-00000002.broken'))).toBe(true);
  });

  it('refuses a run that is there, unless it is resumed', async () => {
    await mkdir(cluster.runDirectory);
    await writeFile(join(cluster.runDirectory, 'config.yaml'), '');
    const starting = cluster.start();
    await expect(starting).rejects.toThrow(ConfigurationError);
    await expect(starting).rejects.toThrow(/holds a run already\. Use --resume to go on with it, or another --out\./);
  });

  it('refuses to resume with another network', async () => {
    const first = await cluster.train(1);
    step(first, 1);
    await finish(first, 1);
    await expect(cluster.start(['model.biasInit=0.1'], { resume: true })).rejects.toThrow(/model\.biasInit: 1 → 0\.1/);
  });

  it('refuses a path that is no folder', async () => {
    await writeFile(cluster.runDirectory, '');
    await expect(cluster.start()).rejects.toMatchObject({ code: 'TANDEM_OUT_NOT_WRITABLE', exitCode: 2 });
    await rm(cluster.runDirectory);
  });
});

describe('listening', () => {
  it('refuses a port that is in use', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    await expect(cluster.start([], { listen: `127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'TANDEM_PORT_IN_USE',
      exitCode: 2,
    });
    taken.close();
  });

  it.each(['7000', 'host', 'host:70000', ':7000'])('refuses %s as an address', async (listen) => {
    await expect(cluster.start([], { listen })).rejects.toMatchObject({ code: 'TANDEM_LISTEN_ADDRESS', exitCode: 2 });
  });
});
