import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Metadata } from '@grpc/grpc-js';
import { type Client, loadPackageDefinition, type ServiceError, status as Status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { LOOPBACK_ONLY, openStub, type Security } from '@tandem/rpc';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Cluster } from './testing/cluster.js';

const require = createRequire(import.meta.url);
const token = 'a-token-that-nobody-guesses';
const withToken: Security = { ...LOOPBACK_ONLY, token };
const options = { enums: String, oneofs: true, defaults: true };

type Answered<T> = (error: ServiceError | null, answer: T) => void;
interface HealthStub extends Client {
  check(request: { service: string }, callback: Answered<{ status: string }>): void;
  watch(request: { service: string }): NodeJS.ReadableStream & { cancel(): void };
}
interface ReflectionStub extends Client {
  serverReflectionInfo(metadata?: Metadata): NodeJS.ReadWriteStream & {
    write(request: object): boolean;
  };
}
type Stub<T> = Parameters<typeof openStub<T & Client>>[0];
const health = loadPackageDefinition(
  loadSync((require('grpc-health-check') as { protoPath: string }).protoPath, options),
) as unknown as { grpc: { health: { v1: { Health: Stub<HealthStub> } } } };
const reflectionFolder = dirname(require.resolve('@grpc/reflection/package.json'));
const reflection = loadPackageDefinition(
  loadSync(`${reflectionFolder}/build/proto/grpc/reflection/v1/reflection.proto`, options),
) as unknown as { grpc: { reflection: { v1: { ServerReflection: Stub<ReflectionStub> } } } };

let cluster: Cluster;
const stubs: Client[] = [];
beforeEach(async () => {
  cluster = await Cluster.make();
});
afterEach(async () => {
  for (const stub of stubs.splice(0)) stub.close();
  await cluster.close();
});

function open<T extends Client>(constructor: Stub<T>, security: Security): T {
  const stub = openStub<T>(constructor, { address: cluster.coordinator.address, peer: 'coordinator', security });
  stubs.push(stub);
  return stub;
}

const check = (service: string, stub = open<HealthStub>(health.grpc.health.v1.Health, LOOPBACK_ONLY)) =>
  new Promise<string>((resolve) =>
    stub.check({ service }, (error, answer) => resolve(error === null ? answer.status : Status[error.code])),
  );

/** The services that a server names, or how the call failed. */
function servicesOf(security: Security): Promise<string[] | ServiceError> {
  const call = open<ReflectionStub>(reflection.grpc.reflection.v1.ServerReflection, security).serverReflectionInfo();
  return new Promise((resolve) => {
    call.on('error', (error) => resolve(error as ServiceError));
    call.on('data', ({ listServicesResponse }: { listServicesResponse: { service: { name: string }[] } }) => {
      resolve(listServicesResponse.service.map(({ name }) => name).sort());
      call.end();
    });
    call.write({ listServices: '*' });
  });
}

describe('health of the coordinator', () => {
  it('serves while it can be joined, for probes without a token', async () => {
    await cluster.start([], { security: withToken });
    expect(await check('')).toBe('SERVING');
    expect(await check('tandem.v1.Coordinator')).toBe('SERVING');
    expect(await check('tandem.v1.Collective')).toBe('NOT_FOUND');
  });

  it('no longer serves when the run is over, and holds nobody up who watches', async () => {
    await cluster.start();
    const heard: string[] = [];
    const watching = open<HealthStub>(health.grpc.health.v1.Health, LOOPBACK_ONLY).watch({ service: '' });
    watching.on('data', ({ status }: { status: string }) => heard.push(status));
    watching.on('error', () => undefined);
    const ended = new Promise((resolve) => watching.on('end', resolve));
    await vi.waitFor(() => expect(heard).toEqual(['SERVING']));
    cluster.coordinator.abort('enough');
    await ended;
    expect(heard).toEqual(['SERVING', 'NOT_SERVING']);
    expect(await check('')).toBe('NOT_SERVING');
  });
});

describe('reflection', () => {
  it('names what the coordinator serves', async () => {
    await cluster.start();
    expect(await servicesOf(LOOPBACK_ONLY)).toEqual(['grpc.health.v1.Health', 'tandem.v1.Coordinator']);
  });

  it('is for members', async () => {
    await cluster.start([], { security: withToken });
    expect(await servicesOf(LOOPBACK_ONLY)).toMatchObject({ code: Status.UNAUTHENTICATED });
    expect(await servicesOf(withToken)).toContain('tandem.v1.Coordinator');
  });
});

describe('--metrics-listen', () => {
  it('counts the steps of a run, and lets go at its end', async () => {
    const workers = await cluster.train(2, [], { metricsListen: '127.0.0.1:0' });
    const url = `http://${cluster.coordinator.metricsAddress}`;
    expect(await (await fetch(`${url}/health`)).text()).toBe('SERVING\n');
    for (const [rank, worker] of workers.entries()) worker.report(1, { loss: 0.25, computeMs: 100 + rank });
    await vi.waitFor(async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      expect(text).toContain('\ntandem_steps_total 1\n');
      expect(text).toContain('\ntandem_loss 0.25\n');
      expect(text).toContain('tandem_phase_seconds_total{rank="1",phase="compute"} 0.101\n');
      expect(text).toContain('\ntandem_run_state{state="training"} 1\n');
    });
    await cluster.coordinator.close();
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });
});
