import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { CoordinatorClient } from './coordinator-client.js';
import type { CoordinatorEvents } from './coordinator-client.js';
import { getStatus } from './get-status.js';
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

function client(address: string, name = 'w0', joinTimeoutMs = 10_000): CoordinatorClient {
  const made = new CoordinatorClient({
    address,
    hello: { name, exchangeAddress: ':1' },
    joinTimeoutMs,
    progress: () => ({ step: 4, phase: 'compute' }),
    generation: () => 7,
  });
  cleanUps.push(() => made.close());
  return made;
}

function event<K extends keyof CoordinatorEvents>(from: CoordinatorClient, name: K): Promise<CoordinatorEvents[K][0]> {
  return new Promise((resolve) => from.once(name as never, resolve as never));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('CoordinatorClient', () => {
  it('joins, beats, reports and hears', async () => {
    const there = await coordinator();
    const here = client(there.address);
    expect(await here.join()).toMatchObject({ runId: 'run', heartbeatMs: 100, configJson: '{"a":1}' });
    const worker = await there.worker('w0');
    expect(worker.hello).toMatchObject({ name: 'w0', protocolVersion: 2, exchangeAddress: ':1' });
    expect((await there.message('w0', 'heartbeat')).heartbeat).toEqual({ step: 4, phase: 'compute' });
    here.send({ step: { step: 4, loss: 0.5 } });
    expect((await there.message('w0', 'step')).step).toMatchObject({ step: 4, loss: 0.5, epoch: 0 });

    const heard = Promise.all([event(here, 'generation'), event(here, 'stop'), event(here, 'snapshotTaken')]);
    there.startGeneration(3);
    there.broadcast({ stop: { reason: 'asked' } });
    there.broadcast({ snapshotTaken: { step: 4 } });
    expect(await heard).toMatchObject([
      { number: 3, members: [{ rank: 0, name: 'w0', address: ':1' }] },
      { reason: 'asked' },
      { step: 4 },
    ]);
    const end = event(here, 'end');
    there.broadcast({ end: { failed: false, reason: 'done' } });
    expect(await end).toEqual({ failed: false, reason: 'done' });
  });

  it('lets its last report arrive before it leaves', async () => {
    const there = await coordinator();
    const here = client(there.address);
    await here.join();
    here.send({ finished: { step: 9 } });
    await here.close();
    const worker = await there.worker('w0');
    await there.until(() => worker.left);
    expect(worker.messages.at(-1)).toMatchObject({ finished: { step: 9 } });
  });

  it('finds a coordinator that comes late', async () => {
    const port = await freePort();
    const here = client(`127.0.0.1:${port}`);
    const joining = here.join();
    await new Promise((resolve) => setTimeout(resolve, 400));
    const there = await new TestCoordinator().listen(port);
    cleanUps.push(() => there.close());
    expect((await joining).runId).toBe('run');
  });

  it('gives up after joinTimeoutMs, and says what to do', async () => {
    const port = await freePort();
    await expect(client(`127.0.0.1:${port}`, 'w0', 700).join()).rejects.toMatchObject({
      name: 'RunError',
      code: 'TANDEM_NO_COORDINATOR',
      context: { address: `127.0.0.1:${port}`, timeout: '--join-timeout' },
      message: expect.stringMatching(
        `no coordinator answered at 127.0.0.1:${port} for 0\\.[789] s \\(UNAVAILABLE: connect ECONNREFUSED 127.0.0.1:${port}\\)\\. Start it .*--join-timeout\\.$`,
      ),
    });
  });

  it('gives up on a listener that never speaks', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    cleanUps.push(() => silent.close());
    const { port } = silent.address() as AddressInfo;
    await expect(client(`127.0.0.1:${port}`, 'w0', 300).join()).rejects.toMatchObject({
      code: 'TANDEM_NO_COORDINATOR',
    });
  });

  it('does not retry when its name is taken', async () => {
    const there = await coordinator();
    await client(there.address, 'twin').join();
    await expect(client(there.address, 'twin').join()).rejects.toMatchObject({
      code: 'TANDEM_NAME_TAKEN',
      message: expect.stringContaining('has a worker named twin already (ALREADY_EXISTS: there is a twin already)'),
    });
  });

  it('does not retry when something else serves there', async () => {
    const { CollectiveServer } = await import('./collective-server.js');
    const other = await CollectiveServer.listen({ host: '127.0.0.1', port: 0 });
    cleanUps.push(() => other.close());
    await expect(client(`127.0.0.1:${other.port}`).join()).rejects.toMatchObject({ code: 'TANDEM_NOT_A_COORDINATOR' });
  });

  it('is stopped by its signal', async () => {
    const aborting = new AbortController();
    const joining = client(`127.0.0.1:${await freePort()}`).join(aborting.signal);
    aborting.abort(new Error('interrupted'));
    await expect(joining).rejects.toThrow('interrupted');
  });

  it('says when the coordinator is away, and when it is lost for good', async () => {
    const there = await coordinator();
    const here = client(there.address);
    await here.join();
    const heard = Promise.all([event(here, 'away'), event(here, 'lost')]);
    there.close();
    const [how, lost] = await heard;
    expect(how).toMatch(/UNAVAILABLE|CANCELLED|ended/);
    expect(lost).toMatchObject({
      code: 'TANDEM_COORDINATOR_LOST',
      context: { address: there.address, timeout: 'cluster.coordinatorTimeoutMs', ms: 300 },
    });
  });

  it('finds a coordinator that comes back, and tells it again what is not in the books', async () => {
    const there = await coordinator();
    there.coordinatorTimeoutMs = 20_000;
    const here = client(there.address);
    await here.join();
    here.send({ prepared: { trainingSamples: 5 } });
    there.startGeneration();
    await event(here, 'generation');
    for (const step of [1, 2]) here.send({ step: { step } });
    await there.message('w0', 'step');
    const booked = event(here, 'booked');
    there.broadcast({ booked: { step: 1, evaluation: 0 } });
    await booked;
    const away = event(here, 'away');
    there.close();
    await away;
    expect(here.isAway).toBe(true);
    here.send({ step: { step: 3 } });
    const again = await new TestCoordinator().listen(there.port);
    cleanUps.push(() => again.close());
    await event(here, 'back');
    const worker = await again.worker('w0');
    await again.until(() => worker.messages.filter(({ kind }) => kind === 'step').length === 2);
    expect(worker.hello).toMatchObject({ runId: 'run', generation: 7 });
    expect(worker.messages.filter(({ kind }) => kind !== 'heartbeat')).toMatchObject([
      { prepared: { trainingSamples: 5 } },
      { step: { step: 2 } },
      { step: { step: 3 } },
    ]);
  });

  it('joins another run where it was in no generation of the one before', async () => {
    const there = await coordinator();
    there.coordinatorTimeoutMs = 20_000;
    const here = client(there.address);
    await here.join();
    there.close();
    const again = new TestCoordinator();
    again.runId = 'another';
    await again.listen(there.port);
    cleanUps.push(() => again.close());
    await event(here, 'back');
    expect((await again.worker('w0')).hello).toMatchObject({ runId: '', generation: 0 });
    expect(here.runId).toBe('another');
  });

  it('ends at once where a coordinator that comes back does not want it', async () => {
    const there = await coordinator();
    there.coordinatorTimeoutMs = 20_000;
    const here = client(there.address, 'twin');
    await here.join();
    const lost = event(here, 'lost');
    there.workers.get('twin')!.connection.end();
    expect(await lost).toMatchObject({ code: 'TANDEM_NAME_TAKEN' });
  });

  it('fetches a checkpoint', async () => {
    const there = await coordinator();
    there.checkpoint = Buffer.from('weights');
    const here = client(there.address);
    await here.join();
    expect(Buffer.from(await here.fetchCheckpoint(0)).toString()).toBe('weights');
  });
});

describe('getStatus', () => {
  it('tells what the coordinator says', async () => {
    const there = await coordinator();
    expect(await getStatus(there.address)).toMatchObject({ state: 'waiting', members: [{ name: 'w0', step: 3 }] });
  });

  it('names the address where nobody answers', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    await expect(getStatus(address, { timeoutMs: 300 })).rejects.toMatchObject({
      code: 'TANDEM_NO_COORDINATOR',
      context: { address },
    });
  });
});
