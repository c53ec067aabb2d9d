import type { status as Status } from '@grpc/grpc-js';
import { type Client, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath } from 'grpc-health-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { COLLECTIVE_SERVICE, CollectiveServer } from '../collective-server.js';
import { openStub } from '../security/open-stub.js';
import { LOOPBACK_ONLY } from '../security/security.js';
import { Health, MAX_HEALTH_WATCHERS } from './health.js';

type Answer = { status: string };
interface HealthStub extends Client {
  check(request: { service: string }, callback: (error: Error | null, answer: Answer) => void): void;
  list(request: object, callback: (error: Error | null, answer: { statuses: Record<string, Answer> }) => void): void;
  watch(request: { service: string }): NodeJS.EventEmitter & { cancel(): void };
}

const { grpc } = loadPackageDefinition(loadSync(protoPath, { enums: String })) as unknown as {
  grpc: { health: { v1: { Health: Parameters<typeof openStub<HealthStub>>[0] } } };
};

describe('of a worker', () => {
  let server: CollectiveServer;
  let stub: HealthStub;
  beforeEach(async () => {
    // A probe has no token, and needs none.
    server = await CollectiveServer.listen({
      ...{ host: '127.0.0.1', port: 0 },
      security: { ...LOOPBACK_ONLY, token: 'a-token-that-nobody-guesses' },
    });
    const address = `127.0.0.1:${server.port}`;
    stub = openStub(grpc.health.v1.Health, { address, peer: 'worker', security: LOOPBACK_ONLY });
  });
  afterEach(async () => {
    stub.close();
    await server.close();
  });

  const check = (service: string) =>
    new Promise<string>((resolve) =>
      stub.check({ service }, (error, answer) => resolve(error === null ? answer.status : error.message)),
    );
  const admit = () => server.admit({ runId: 'run', generation: 1, rank: 0, worldSize: 2, open: () => undefined });

  it('serves as a whole, and its exchange in a generation', async () => {
    expect(await check('')).toBe('SERVING');
    expect(await check(COLLECTIVE_SERVICE)).toBe('NOT_SERVING');
    admit();
    expect(await check(COLLECTIVE_SERVICE)).toBe('SERVING');
    expect(await check('tandem.v1.Coordinator')).toMatch(/NOT_FOUND: there is no service of that name here/);
  });

  it('lists both', async () => {
    const statuses = await new Promise((resolve) => stub.list({}, (_, answer) => resolve(answer.statuses)));
    expect(statuses).toEqual({ '': { status: 'SERVING' }, [COLLECTIVE_SERVICE]: { status: 'NOT_SERVING' } });
  });

  it('tells watchers of changes, and lets them go at the end', async () => {
    const heard: string[] = [];
    const watching = stub.watch({ service: COLLECTIVE_SERVICE });
    watching.on('data', ({ status }: Answer) => heard.push(status));
    const ended = new Promise<{ code: Status }>((resolve) => watching.on('status', resolve));
    watching.on('error', () => undefined);
    await vi.waitFor(() => expect(heard).toEqual(['NOT_SERVING']));
    admit();
    await vi.waitFor(() => expect(heard).toEqual(['NOT_SERVING', 'SERVING']));
    await server.close();
    await ended;
  });
});

describe('Health', () => {
  it('says once what changes, and that what it does not know is unknown', () => {
    const health = new Health(['a']);
    const heard: string[] = [];
    const stop = health.watch(
      'a',
      (status) => heard.push(status),
      () => heard.push('ended'),
    );
    health.watch('b', (status) => heard.push(`b ${status}`), vi.fn());
    health.set('', 'SERVING');
    health.set('a', 'SERVING');
    health.set('a', 'SERVING');
    health.close();
    expect(heard).toEqual(['NOT_SERVING', 'b SERVICE_UNKNOWN', 'SERVING', 'NOT_SERVING', 'ended']);
    stop!();
    expect(health.watch('a', vi.fn(), vi.fn())).toBeUndefined();
  });

  it('has a limit of watchers, and room again when one goes', () => {
    const health = new Health([]);
    const stops = Array.from({ length: MAX_HEALTH_WATCHERS }, () => health.watch('', vi.fn(), vi.fn()));
    expect(health.watch('', vi.fn(), vi.fn())).toBeUndefined();
    stops[0]!();
    stops[0]!();
    expect(health.watch('', vi.fn(), vi.fn())).toBeDefined();
    expect(health.watch('', vi.fn(), vi.fn())).toBeUndefined();
  });
});
