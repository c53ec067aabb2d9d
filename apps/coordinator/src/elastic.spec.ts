import { status as Status } from '@grpc/grpc-js';
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
const rows = (count: number) => eventually(async () => expect(await cluster.metrics()).toHaveLength(count));
const members = (worker: FakeWorker) => worker.got('generation').members.map(({ name }) => name);

describe('a worker that is lost', () => {
  it('is left behind: the others agree on the most advanced and go on, each step once', async () => {
    const [a, b, c] = (await cluster.train(3)) as [FakeWorker, FakeWorker, FakeWorker];
    step([a, b, c], 1);
    // The dead one had committed step 2, which one of the others has not.
    step([c, a], 2);
    await rows(1);
    await c.die();
    const begin = await b.untilBegin(2);
    expect(begin).toMatchObject({ step: 2, weights: 'PEER', source: 0, behind: [1], checkpointDue: false });
    expect(members(b)).toEqual(['worker-0', 'worker-1']);
    await rows(2);
    step([a, b], 3);
    await rows(3);
    expect(await cluster.metrics()).toMatchObject([
      { step: 1, generation: 1, worldSize: 3 },
      { step: 2, generation: 1, worldSize: 3 },
      { step: 3, generation: 2, worldSize: 2 },
    ]);
    expect(await a.until('booked')).toMatchObject({ step: expect.any(Number) as number });
  });

  it('takes a step along that nobody else has: it is run again', async () => {
    const [a, b] = (await cluster.train(2)) as [FakeWorker, FakeWorker];
    step([a, b], 1);
    b.report(2, { loss: 7 });
    await rows(1);
    await b.die();
    expect(await a.untilBegin(2)).toMatchObject({ step: 1, behind: [] });
    a.report(2, { loss: 8 });
    await rows(2);
    expect((await cluster.metrics())[1]).toMatchObject({ step: 2, loss: 8, generation: 2, worldSize: 1 });
  });

  it('by silence is told so, and may come back', async () => {
    const [a, b] = (await cluster.train(2, ['cluster.heartbeatMs=20', 'cluster.heartbeatTimeoutMs=300'])) as [
      FakeWorker,
      FakeWorker,
    ];
    a.beat(20);
    await a.untilBegin(2);
    expect(members(a)).toEqual(['worker-0']);
    expect(await b.untilEnded()).toMatchObject({
      code: Status.ABORTED,
      details: expect.stringMatching(/nothing was heard of it for \d+ ms \(cluster\.heartbeatTimeoutMs\)/) as string,
    });
    const again = await cluster.join('worker-1');
    again.beat(20);
    again.prepare();
    expect(await again.untilBegin(3)).toMatchObject({ weights: 'PEER', source: 0, behind: [1] });
  });

  it('is waited for where it was the coordinator that nobody could reach: only it has its reports', async () => {
    const settings = ['cluster.heartbeatMs=20', 'cluster.heartbeatTimeoutMs=300', 'cluster.minWorkers=1'];
    const [a, b] = (await cluster.train(2, settings, { worldSize: 2 })) as [FakeWorker, FakeWorker];
    const { runId } = a.got('welcome');
    // Both fall silent at once, and train on.
    await Promise.all([a.untilEnded(), b.untilEnded()]);
    const [first, second] = [
      await cluster.join('worker-0', { runId, generation: 1 }),
      await cluster.join('worker-1', { runId, generation: 1 }),
    ];
    for (const worker of [first, second]) worker.beat(20);
    first.prepare();
    await first.until('welcome');
    expect(first.received.some(({ kind }) => kind === 'generation')).toBe(false);
    second.prepare();
    await eventually(() => expect(members(second)).toEqual(['worker-0', 'worker-1']));
    expect(first.received.filter(({ kind }) => kind === 'generation')).toHaveLength(1);
  });

  it('may be several at once, also while the next generation forms', async () => {
    const [a, b, c, d] = (await cluster.train(4)) as [FakeWorker, FakeWorker, FakeWorker, FakeWorker];
    step([a, b, c, d], 1);
    await rows(1);
    c.answers = false;
    await Promise.all([a.die(), b.die()]);
    await eventually(() => expect(members(c)).toEqual(['worker-2', 'worker-3']));
    await c.die();
    await eventually(() => expect(members(d)).toEqual(['worker-3']));
    await eventually(() => expect(d.got('begin')).toMatchObject({ step: 1, weights: 'PEER', behind: [] }));
    d.report(2);
    await rows(2);
  });

  it('while it gives its state takes the step along, and the row stays one', async () => {
    const [a, b] = (await cluster.train(2)) as [FakeWorker, FakeWorker];
    step([a, b], 1);
    a.report(2);
    const c = await cluster.join('worker-9').catch(() => undefined);
    expect(c).toBeDefined();
    b.answers = false;
    b.send({ peerFault: { generation: 1, code: 'TANDEM_PEER_LOST', message: 'lost', peers: [] } });
    await eventually(() => expect(b.got('generation').number).toBe(2));
    b.stand();
    expect(await b.untilBegin(2)).toMatchObject({ step: 2, source: 0, behind: [1] });
    await rows(2);
    await a.die();
    b.answers = true;
    await eventually(() => expect(members(b)).toEqual(['worker-1']));
    b.stand();
    await eventually(() => expect(b.got('begin')).toMatchObject({ generation: 3, step: 1, behind: [] }));
    step([b], 2, 3);
    await rows(3);
    expect(await cluster.metrics()).toMatchObject([
      { step: 1 },
      { step: 2, generation: 1 },
      { step: 3, generation: 3 },
    ]);
  });

  it('is the one that most of its peers name', async () => {
    const [a, b, c] = (await cluster.train(3)) as [FakeWorker, FakeWorker, FakeWorker];
    const says = (by: FakeWorker, ...peers: string[]) =>
      by.send({ peerFault: { generation: 1, code: 'TANDEM_EXCHANGE_STALLED', message: 'no gradients came', peers } });
    says(c, 'worker-0', 'worker-1');
    says(a, 'worker-2');
    says(b, 'worker-2');
    await a.untilBegin(2);
    expect(members(a)).toEqual(['worker-0', 'worker-1']);
    expect((await c.untilEnded()).details).toMatch(/worker-0 says: no gradients came/);
  });

  it('does not end its checkpoint: whoever is rank 0 then offers it', async () => {
    const [a, b] = (await cluster.train(2)) as [FakeWorker, FakeWorker];
    await a.die();
    expect(await b.untilBegin(2)).toMatchObject({ step: 0, checkpointDue: true });
    b.offer(0);
    expect(await b.until('snapshotTaken')).toEqual({ step: 0 });
    step([b], 1, 2, 3, 4, 5);
    b.offer(5);
    b.send({ finished: { step: 5 } });
    expect(await cluster.coordinator.outcome).toMatchObject({ result: 'finished', step: 5 });
  });

  it('after its last step leaves the end to the others', async () => {
    const [a, b] = (await cluster.train(2)) as [FakeWorker, FakeWorker];
    step([a, b], 1, 2, 3, 4, 5);
    a.send({ finished: { step: 5 } });
    await rows(5);
    await a.die();
    expect(await b.untilBegin(2)).toMatchObject({ step: 5, checkpointDue: true });
    b.offer(5);
    b.send({ finished: { step: 5 } });
    expect(await cluster.coordinator.outcome).toMatchObject({ result: 'finished', step: 5 });
  });

  it('that gives a reason of its own machine does not end the run', async () => {
    const [a, b] = (await cluster.train(2)) as [FakeWorker, FakeWorker];
    b.send({ failure: { code: 'TANDEM_DATA_THREAD', message: 'out of memory', exitCode: 1 } });
    await a.untilBegin(2);
    expect(members(a)).toEqual(['worker-0']);
  });
});

describe('too few workers', () => {
  it('pause the run, and the next that comes lets it go on', async () => {
    const [a, b] = (await cluster.train(2, ['cluster.minWorkers=2'])) as [FakeWorker, FakeWorker];
    step([a, b], 1);
    await rows(1);
    await b.die();
    await eventually(() => expect(a.got('generation').number).toBe(2));
    const late = await cluster.join('worker-7');
    late.prepare();
    expect(await late.untilBegin(3)).toMatchObject({ step: 1, weights: 'PEER', source: 0, behind: [1] });
    expect(a.received.filter(({ begin }) => begin?.generation === 2)).toEqual([]);
    step([a, late], 2);
    await rows(2);
  });

  it('fail the run in the end, by the one that was lost', async () => {
    const [, b] = (await cluster.train(2, ['cluster.minWorkers=2', 'cluster.rejoinTimeoutMs=100'])) as [
      FakeWorker,
      FakeWorker,
    ];
    await b.die();
    const { error, worker } = await cluster.coordinator.outcome;
    expect(error).toMatchObject({ code: 'TANDEM_TOO_FEW_WORKERS' });
    expect(error?.message).toMatch(
      /needs 2 workers, has 1, and waited 100 ms for more; .*rank 1 \(worker-1\) on host-of-worker-1 is gone: its connection broke/,
    );
    expect(worker).toBe('worker-1');
  });

  it('stop in order when asked', async () => {
    const [a, b] = (await cluster.train(2, ['cluster.minWorkers=2'])) as [FakeWorker, FakeWorker];
    step([a, b], 1);
    await rows(1);
    await b.die();
    await eventually(() => expect(a.got('generation').number).toBe(2));
    await eventually(() => expect(cluster.coordinator.isOver).toBe(false));
    cluster.coordinator.requestStop('Ctrl-C');
    expect(await a.untilBegin(2)).toMatchObject({ step: 1, lastStep: 1, checkpointDue: true });
    a.offer(1);
    a.send({ finished: { step: 1 } });
    expect(await cluster.coordinator.outcome).toMatchObject({ result: 'stopped', step: 1 });
  });

  it('of whom none has weights go on from the newest checkpoint; steps that are run again are not told twice', async () => {
    const [a] = (await cluster.train(1)) as [FakeWorker];
    step([a], 1);
    a.offer(1);
    await a.until('snapshotTaken');
    step([a], 2);
    await rows(2);
    await a.die();
    await eventually(async () => {
      const again = await cluster.join('worker-0');
      await again.until('welcome');
      again.prepare();
      expect(await again.untilBegin(2)).toMatchObject({ step: 1, weights: 'CHECKPOINT' });
      step([again], 2, 3);
    });
    await rows(3);
    expect(await cluster.metrics()).toMatchObject([
      { step: 1 },
      { step: 2, generation: 1 },
      { step: 3, generation: 2 },
    ]);
  });
});

describe('a worker that comes', () => {
  it('enters the next generation behind the others, with what they went by', async () => {
    await cluster.start();
    const a = await cluster.join('a');
    a.prepare();
    await a.untilBegin(1);
    step([a], 1);
    a.send({
      evaluation: { generation: 1, step: 1, totalPieces: 1, pieces: [{ index: 0, samples: 6, top1Errors: 2 }] },
    });
    await eventually(() => expect(a.got('booked')).toEqual({ step: 1, evaluation: 1 }));
    const late = await cluster.join('late');
    await late.until('welcome');
    expect(late.received.some(({ generation }) => generation)).toBe(false);
    late.prepare();
    expect(await late.untilBegin(2)).toMatchObject({
      ...{ step: 1, weights: 'PEER', source: 0, behind: [1] },
      ...{ evaluationErrors: [2], lastEvaluation: 1 },
    });
    expect(members(late)).toEqual(['a', 'late']);
  });

  it('is refused where its data are not the others’', async () => {
    const [a] = (await cluster.train(1, [], { worldSize: 1 })) as [FakeWorker];
    await a.die();
    const late = await cluster.join('late');
    late.prepare({ datasetDigest: 'd2' });
    expect(await late.untilEnded()).toMatchObject({
      code: Status.FAILED_PRECONDITION,
      details: expect.stringMatching(/the data set digest of late on host-of-late is d2/) as string,
    });
  });

  it('is refused where the run has all it wants', async () => {
    await cluster.train(1);
    expect(await (await cluster.join('late')).untilEnded()).toMatchObject({
      code: Status.FAILED_PRECONDITION,
      details: 'the run has its 1 workers',
    });
  });

  it('and goes again and again is refused, with the reason', async () => {
    await cluster.start(['cluster.maxLosses=1']);
    const a = await cluster.join('a');
    a.prepare();
    const flapping = await cluster.join('b');
    flapping.prepare();
    await eventually(() => expect(members(a)).toEqual(['a', 'b']));
    await flapping.die();
    await eventually(() => expect(members(a)).toEqual(['a']));
    expect((await (await cluster.join('b')).untilEnded()).details).toMatch(
      /b was lost 1 times within 600 s \(at last: its connection broke\): it is not taken back/,
    );
  });
});
