import { spawn } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '@tandem/core';
import { afterEach, describe, expect, it } from 'vitest';
import { Communication } from './communication.js';
import type { ExchangeOptions } from './shared-exchanges.js';
import type { ExchangeHandle } from './exchange-handle.js';
import { fetchWorkerState } from './fetch-worker-state.js';
import { TestCoordinator } from './testing/test-coordinator.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function coordinator(): Promise<TestCoordinator> {
  const started = await new TestCoordinator().listen();
  cleanUps.push(() => started.close());
  return started;
}

async function start(there: TestCoordinator, name: string, joinTimeoutMs = 10_000): Promise<Communication> {
  const options = { coordinator: there.address, name, device: 'cpu', version: '1.2.3', joinTimeoutMs };
  const communication = await Communication.start(options);
  cleanUps.push(() => communication.close());
  return communication;
}

/** Workers that have joined, in the order of their ranks. */
async function team(there: TestCoordinator, size: number): Promise<Communication[]> {
  const workers: Communication[] = [];
  for (let rank = 0; rank < size; rank += 1) {
    const worker = await start(there, `w${rank}`);
    await worker.join();
    workers.push(worker);
  }
  return workers;
}

const plan = (worldSize: number): ExchangeOptions => ({
  order: 'canonical',
  microBatches: worldSize,
  buckets: [
    { start: 0, length: 1000 },
    { start: 1000, length: 200_000 },
  ],
  chunkBytes: 64 * 1024,
  elements: 201_000,
  partials: 1,
  timeoutMs: 20_000,
});

async function openAll(
  there: TestCoordinator,
  workers: Communication[],
  generation = 1,
  more: Partial<ExchangeOptions> = {},
): Promise<ExchangeHandle[]> {
  there.startGeneration(generation);
  return Promise.all(
    workers.map(async (worker) => {
      await worker.generations.next();
      return worker.openExchange({ ...plan(workers.length), ...more });
    }),
  );
}

async function reduced(handle: ExchangeHandle, step: number, bucket: number): Promise<void> {
  while (!handle.isReducedWithin(0, step, bucket)) await new Promise((resolve) => setImmediate(resolve));
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Listing the folder was itself one of its files.
    return '';
  }
}

interface Exit {
  readonly code: number | null;
  readonly output: string;
}

function workerProcess(there: TestCoordinator, name: string, scene: string): { exit: Promise<Exit>; kill: () => void } {
  const file = join(import.meta.dirname, 'testing/worker-process.mjs');
  const child = spawn(process.execPath, [file, there.address, name, scene], { stdio: ['ignore', 'pipe', 'pipe'] });
  cleanUps.push(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output += data.toString()));
  return {
    exit: new Promise((resolve) => child.on('close', (code) => resolve({ code, output }))),
    kill: () => child.kill('SIGKILL'),
  };
}

describe('Communication', () => {
  it('joins, reports in order and hears of its generation', async () => {
    const there = await coordinator();
    const worker = await start(there, 'w0');
    worker.setPhase(3, 'data');
    expect(await worker.join()).toEqual({ runId: 'run', heartbeatMs: 100, configJson: '{"a":1}' });
    const { hello } = await there.worker('w0');
    expect(hello).toMatchObject({ name: 'w0', device: 'cpu', tandemVersion: '1.2.3', pid: process.pid });
    expect(hello.exchangeAddress).toMatch(/^127\.0\.0\.1:\d+$/);
    worker.prepared({ trainingSamples: 10, parameters: [{ name: 'conv1/kernel', shape: [3, 3] }] });
    worker.generations.ready({ generation: 1 });
    worker.report({ step: { step: 1 } });
    worker.report({ finished: { step: 1 } });
    await there.message('w0', 'finished');
    const { messages } = await there.worker('w0');
    const kinds = messages.map(({ kind }) => kind).filter((kind) => kind !== 'heartbeat');
    expect(kinds).toEqual(['prepared', 'ready', 'step', 'finished']);
    expect(messages.find(({ kind }) => kind === 'heartbeat')?.heartbeat).toEqual({ step: 3, phase: 'data' });
    there.startGeneration(4);
    expect(await worker.generations.next()).toMatchObject({ number: 4, rank: 0, members: [{ name: 'w0' }] });
  });

  it('hands the errors of joining over whole', async () => {
    const there = await coordinator();
    await (await start(there, 'twin')).join();
    const second = await start(there, 'twin');
    const { exitCode, context, code } = await second.join().catch((error) => error);
    expect({ exitCode, context, code }).toMatchObject({
      exitCode: 1,
      context: { name: 'twin', address: there.address },
      code: 'TANDEM_NAME_TAKEN',
    });
  });

  it('stops joining when asked', async () => {
    const there = await coordinator();
    const worker = await start(there, 'w0');
    there.close();
    const joining = worker.join(AbortSignal.timeout(100));
    await expect(joining).rejects.toThrow(/timeout/);
  });

  it.each([
    [1, 'auto'],
    [2, 'auto'],
    [3, 'auto'],
    [3, 'off'],
  ] as const)('averages buckets over %i workers, step after step, shared memory: %s', async (size, sharedMemory) => {
    const there = await coordinator();
    const handles = await openAll(there, await team(there, size), 1, { sharedMemory });
    const all = handles.map((_, rank) => rank);
    for (const [rank, { lentTo }] of handles.entries())
      expect(lentTo).toEqual(sharedMemory === 'auto' ? all.filter((other) => other !== rank) : []);
    for (const step of [1, 2, 3]) {
      for (const bucket of [1, 0]) {
        for (const [rank, handle] of handles.entries()) {
          const { start: from, length } = plan(size).buckets[bucket]!;
          handle.partials[0]!.fill(step * 100 + bucket * 10 + rank, from, from + length);
          handle.contribute(step, bucket);
        }
      }
      for (const handle of handles) {
        handle.wait(step, 0);
        handle.wait(step, 1);
        const sum = (bucket: number) => handles.reduce((total, _, rank) => total + step * 100 + bucket * 10 + rank, 0);
        expect([handle.mean[0], handle.mean[999], handle.mean[1000], handle.mean[200_999]]).toEqual([
          sum(0),
          sum(0),
          sum(1),
          sum(1),
        ]);
        expect(handle.bytesSent(step) > 0).toBe(size > 1);
      }
    }
    await Promise.all(handles.map((handle) => handle.close()));
  });

  it('wakes whoever waits with the error that names a lost peer', async () => {
    const there = await coordinator();
    const here = await start(there, 'w0');
    await here.join();
    const peer = workerProcess(there, 'w1', 'bereft');
    await there.worker('w1');
    const named = () => readdirSync('/dev/shm').sort();
    const before = named();
    const handle = await openAlone(there, here);
    await there.message('w1', 'ready');
    expect(handle.lentTo).toEqual([1]);
    handle.contribute(1, 0);
    peer.kill();
    const error = thrownBy(() => handle.wait(1, 1));
    expect(error).toMatchObject({ code: 'TANDEM_EXCHANGE_PEER_LOST', context: { peer: 'w1', peerRank: 1 } });
    expect(describeError(error)).toMatch(/rank 1 was lost .*rank 1 \(w1\) at 127\.0\.0\.1:\d+/);
    await handle.close();
    // What the two had in common was theirs alone: no file is left, here or where shared memory has names.
    const open = readdirSync('/proc/self/fd').map((fd) => readLink(`/proc/self/fd/${fd}`));
    expect(open.filter((link) => link.includes('tandem-exchange'))).toEqual([]);
    expect(named()).toEqual(before);
  });

  it('fails the exchange when the coordinator ends the run', async () => {
    const there = await coordinator();
    const workers = await team(there, 2);
    const [handle] = await openAll(there, workers);
    handle!.contribute(1, 0);
    there.broadcast({ end: { failed: true, reason: 'worker w1 (rank 1) is dead' } });
    await expect(workers[0]!.generations.next()).rejects.toMatchObject({ code: 'TANDEM_RUN_FAILED' });
    expect(() => handle!.wait(1, 0)).toThrow('the coordinator ended the run: worker w1 (rank 1) is dead');
    expect(workers[0]!.stopReason).toBe('worker w1 (rank 1) is dead');
    expect(workers[0]!.end).toEqual({ failed: true, reason: 'worker w1 (rank 1) is dead' });
  });

  it('fails the exchange of a generation that is over, and opens that of the next', async () => {
    const there = await coordinator();
    const workers = await team(there, 2);
    const old = await openAll(there, workers);
    const handles = await openAll(there, workers, 2);
    expect(() => old[0]!.wait(1, 0)).toThrow('generation 1 is over');
    expect(() => old[0]!.contribute(2, 0)).toThrow('generation 1 is over');
    expect(() => workers[0]!.generations.checkPresent(1)).toThrow('generation 1 is over');
    workers[0]!.generations.checkPresent(2);
    for (const handle of handles) handle.contribute(1, 0);
    for (const handle of handles) await reduced(handle, 1, 0);
  });

  it('says at the wait what was wrong with a contribution', async () => {
    const there = await coordinator();
    const [handle] = await openAll(there, await team(there, 1));
    handle!.contribute(1, 99);
    expect(() => handle!.wait(1, 0)).toThrow(/bucket 99/);
  });

  it('offers a snapshot until it is taken', async () => {
    const there = await coordinator();
    const [worker] = await team(there, 1);
    const state = new SharedArrayBuffer(3 * 1024 * 1024);
    new Uint8Array(state).fill(9);
    const offering = worker!.states.offerSnapshot(12, 1, state);
    const { snapshot } = await there.message('w0', 'snapshot');
    expect(snapshot).toEqual({ step: 12, epoch: 1, ifBest: false });
    const { hello } = await there.worker('w0');
    const member = { rank: 0, name: 'w0', address: hello.exchangeAddress };
    const fetched = await fetchWorkerState(member, { runId: 'run', step: 12 });
    expect(Buffer.compare(fetched, new Uint8Array(state))).toBe(0);
    there.broadcast({ snapshotTaken: { step: 12 } });
    await offering;
    await expect(fetchWorkerState(member, { runId: 'run', step: 12 })).rejects.toThrow('offers none');
  });

  it('gives a snapshot up when the coordinator is lost', async () => {
    const there = await coordinator();
    const [worker] = await team(there, 1);
    const offering = worker!.states.offerSnapshot(1, 1, new SharedArrayBuffer(4));
    await there.message('w0', 'snapshot');
    there.close();
    await expect(offering).rejects.toMatchObject({ code: 'TANDEM_COORDINATOR_LOST' });
    await expect(worker!.generations.next()).rejects.toMatchObject({ code: 'TANDEM_COORDINATOR_LOST' });
    expect(worker!.stopReason).toContain('is lost');
  });

  it('copies the state that a peer offers in a generation, until the next one', async () => {
    const there = await coordinator();
    const [first, second] = (await team(there, 2)) as [Communication, Communication];
    there.startGeneration(2);
    const { members } = await second.generations.next();
    const state = new SharedArrayBuffer(3_000_000);
    new Uint8Array(state).fill(7);
    const copy = new SharedArrayBuffer(state.byteLength);
    const fetching = second.states.fetchFromPeer(2, 5, members[0]!, copy);
    first.states.offer(2, 5, state);
    await fetching;
    expect(Buffer.compare(Buffer.from(copy), Buffer.from(state))).toBe(0);
    await expect(second.states.fetchFromPeer(2, 5, members[0]!, new SharedArrayBuffer(7))).rejects.toMatchObject({
      code: 'TANDEM_STATE_CORRUPT',
      message: expect.stringContaining('it is to have 3000000 bytes, 7 are expected'),
    });
    const late = second.states.fetchFromPeer(2, 6, members[0]!, copy);
    there.startGeneration(3);
    await expect(late).rejects.toMatchObject({ code: 'TANDEM_GENERATION_OVER' });
    await expect(second.states.fetchFromPeer(2, 5, members[0]!, copy)).rejects.toMatchObject({
      code: 'TANDEM_GENERATION_OVER',
    });
  });

  it('hears how its generation begins, and nothing of one that is over', async () => {
    const there = await coordinator();
    const [worker] = (await team(there, 1)) as [Communication];
    there.startGeneration(1);
    await worker.generations.next();
    worker.generations.stand({ generation: 1, trained: true, step: 4 });
    expect((await there.message('w0', 'standing')).standing).toMatchObject({ generation: 1, trained: true, step: 4 });
    there.broadcast({ begin: { generation: 1, step: 4, weights: 'PEER', behind: [1] } });
    expect(await worker.generations.begin(1)).toMatchObject({ step: 4, weights: 'PEER', source: 0, behind: [1] });
    const over = worker.generations.evaluationBooked(1, 9);
    there.broadcast({ booked: { step: 9, evaluation: 8 } });
    await worker.generations.evaluationBooked(1, 8);
    there.startGeneration(2);
    await expect(over).rejects.toMatchObject({ code: 'TANDEM_GENERATION_OVER' });
    expect(await worker.generations.next()).toMatchObject({ number: 2 });
  });

  it('does not wait for the books of a coordinator that is away', async () => {
    const there = await coordinator();
    there.coordinatorTimeoutMs = 20_000;
    const [worker] = (await team(there, 1)) as [Communication];
    const booked = worker.generations.evaluationBooked(1, 8);
    there.close();
    await booked;
    await worker.generations.coordinatorAway();
  });

  it('fetches a checkpoint into shared memory', async () => {
    const there = await coordinator();
    there.checkpoint = Buffer.alloc(2_500_000, 3);
    const [worker] = await team(there, 1);
    const progress: number[] = [];
    const state = new SharedArrayBuffer(there.checkpoint.length);
    await worker!.states.fetchCheckpoint(1, state, (bytes, total) => progress.push(bytes / total));
    expect(Buffer.compare(Buffer.from(state), there.checkpoint)).toBe(0);
    expect(progress).toHaveLength(3);
    expect(progress.at(-1)).toBe(1);
  });

  it('refuses calls after it is closed', async () => {
    const there = await coordinator();
    const [worker] = await team(there, 1);
    await worker!.close();
    await worker!.close();
    await expect(worker!.join()).rejects.toMatchObject({ code: 'TANDEM_COMMUNICATION_LOST' });
  });

  it('says what is wrong with an address that it cannot serve at', async () => {
    const options = { coordinator: '127.0.0.1:1', name: 'w', device: 'cpu', version: '0', joinTimeoutMs: 1 };
    const security = { tls: undefined, token: undefined, insecure: true };
    const started = Communication.start({ ...options, listenHost: '203.0.113.1', security });
    await expect(started).rejects.toMatchObject({ code: 'TANDEM_CANNOT_LISTEN' });
  });

  async function openAlone(there: TestCoordinator, here: Communication): Promise<ExchangeHandle> {
    there.startGeneration();
    await here.generations.next();
    return here.openExchange(plan(2));
  }
});

describe('a worker process', () => {
  it('beats while its training thread is blocked, says the last word, and ends by itself', async () => {
    const there = await coordinator();
    const { exit } = workerProcess(there, 'w0', 'blocked');
    const worker = await there.worker('w0');
    await there.until(() => worker.left);
    expect(await exit).toEqual({ code: 0, output: '' });
    const beats = worker.messages.filter(({ heartbeat }) => heartbeat?.step === 7 && heartbeat.phase === 'compute');
    // One is due every 100 ms for 1500 ms; a loaded machine may miss some.
    expect(beats.length).toBeGreaterThanOrEqual(8);
    expect(worker.messages.filter(({ kind }) => kind !== 'heartbeat')).toMatchObject([{ finished: { step: 7 } }]);
  });

  it('learns that it should stop while its training thread is blocked', async () => {
    const there = await coordinator();
    const { exit } = workerProcess(there, 'w0', 'stopped');
    await there.message('w0', 'ready');
    there.broadcast({ stop: { reason: 'interrupted by hand' } });
    expect(await exit).toEqual({ code: 0, output: 'interrupted by hand\n' });
  });

  it('is woken from a wait by the death of its peer, and names it', async () => {
    const there = await coordinator();
    const first = workerProcess(there, 'w0', 'bereft');
    await there.worker('w0');
    const second = workerProcess(there, 'w1', 'bereft');
    await there.worker('w1');
    there.startGeneration();
    await Promise.all([there.message('w0', 'ready'), there.message('w1', 'ready')]);
    second.kill();
    const { code, output } = await first.exit;
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({
      name: 'RunError',
      code: 'TANDEM_EXCHANGE_PEER_LOST',
      message: expect.stringMatching(/rank 1 \(w1\) at 127.0.0.1:\d+/),
    });
  });
});

it('describes errors that crossed the threads with their causes', async () => {
  const there = await coordinator();
  await (await start(there, 'twin')).join();
  const error = await (await start(there, 'twin')).join().catch((thrown: unknown) => thrown);
  expect(describeError(error)).toMatch(/has a worker named twin already .*\(.*ALREADY_EXISTS/);
});
