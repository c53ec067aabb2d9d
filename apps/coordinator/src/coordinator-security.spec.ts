import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, type ClientReadableStream, type ServiceError, status as Status } from '@grpc/grpc-js';
import { createAuthority, issueCertificate } from '@tandem/certificates';
import type { ClusterRole } from '@tandem/core';
import {
  loadTandemProtocol,
  LOOPBACK_ONLY,
  openStub,
  PROTOCOL_VERSION,
  type Security,
  type TlsIdentity,
} from '@tandem/rpc';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Cluster } from './testing/cluster.js';

const token = 'a-token-that-nobody-guesses';
const identities: Record<string, TlsIdentity> = {};
let cluster: Cluster;
beforeAll(async () => {
  const [authority, other] = [await createAuthority(10), await createAuthority(10)];
  const issue = async (as: string, { of = authority, days = 1, role = 'worker' as ClusterRole } = {}) => {
    const issued = await issueCertificate(of, { name: as, roles: [role], hosts: [], days });
    const { certificatePem: certificate, privateKeyPem: key } = issued;
    identities[as] = { certificate, key, authority: authority.certificatePem };
  };
  await Promise.all([
    issue('worker'),
    issue('observer', { role: 'observer' }),
    issue('coordinator', { role: 'coordinator' }),
    issue('stranger', { of: other }),
    issue('expired', { days: -1 }),
  ]);
  cluster = await Cluster.make();
  await cluster.start(['cluster.minWorkers=2'], { security: as('coordinator') });
});
afterAll(() => cluster.close());

const as = (name: string, withToken: string | null = token): Security => ({
  tls: identities[name],
  token: withToken ?? undefined,
  insecure: false,
});

type Method = 'join' | 'getStatus' | 'fetchCheckpoint';

/** How a call ends, or "answered". */
async function call(method: Method, security: Security): Promise<ServiceError | string> {
  const { CoordinatorStub } = loadTandemProtocol();
  const stub = openStub(CoordinatorStub, { address: cluster.coordinator.address, peer: 'coordinator', security });
  try {
    return await new Promise<ServiceError | string>((resolve) => {
      if (method === 'getStatus') return stub.getStatus({}, (error) => resolve(error ?? 'answered'));
      const open = method === 'join' ? stub.join() : stub.fetchCheckpoint({ runId: 'run', step: 3 });
      (open as ClientReadableStream<unknown>)
        .on('data', () => resolve('answered'))
        .on('error', (error) => resolve(error as ServiceError));
      if ('write' in open)
        open.write({ hello: { protocolVersion: PROTOCOL_VERSION, name: 'w', exchangeAddress: ':4711' } });
    });
  } finally {
    (stub as Client).close();
  }
}

async function logged(): Promise<string[]> {
  const text = await readFile(join(cluster.runDirectory, 'logs/coordinator.jsonl'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { msg: string }).msg);
}

describe.each(['join', 'getStatus', 'fetchCheckpoint'] as const)('%s', (method) => {
  it.each([
    ['without a token', () => as('worker', null), 'UNAUTHENTICATED: no join token came with the call'],
    ['with a wrong token', () => as('worker', 'another-token-of-16'), 'UNAUTHENTICATED: the join token is wrong'],
    [
      'with a certificate of another authority',
      () => as('stranger'),
      'its certificate is of another authority, stranger',
    ],
    ['with an expired certificate', () => as('expired'), 'its certificate has expired, expired (worker)'],
    ['in plaintext', () => ({ ...LOOPBACK_ONLY, token }), 'it does not speak TLS'],
  ])('is refused %s, and told of once', async (_, security, reason) => {
    const status = reason.startsWith('UNAUTHENTICATED') ? Status.UNAUTHENTICATED : Status.UNAVAILABLE;
    for (let attempt = 0; attempt < 3; attempt++)
      expect(await call(method, security())).toMatchObject({ code: status });
    const told = await vi.waitFor(async () => {
      const lines = (await logged()).filter((line) => line.includes(reason));
      expect(lines).toHaveLength(1);
      return lines;
    });
    expect(told[0]).toMatch(/^refused 127\.0\.0\.1:\d+: /);
  });
});

it('lets an observer see the status, and nothing else', async () => {
  expect(await call('getStatus', as('observer'))).toBe('answered');
  for (const method of ['join', 'fetchCheckpoint'] as const)
    expect(await call(method, as('observer'))).toMatchObject({
      code: Status.PERMISSION_DENIED,
      details: expect.stringMatching(/is for worker; the role of the certificate is observer/) as string,
    });
});

it('answers a worker of the cluster', async () => {
  expect(await call('join', as('worker'))).toBe('answered');
  expect(await call('getStatus', as('worker'))).toBe('answered');
  expect(await call('fetchCheckpoint', as('worker'))).toMatchObject({ code: Status.NOT_FOUND });
});

it('never logs a token, neither the right one nor one that was tried', async () => {
  const text = (await logged()).join('\n');
  expect(text).not.toContain(token);
  expect(text).not.toContain('another-token-of-16');
});

it('listens in plaintext on loopback only', async () => {
  const other = await Cluster.make();
  await expect(other.start([], { listen: '0.0.0.0:0' })).rejects.toMatchObject({
    code: 'TANDEM_PLAINTEXT',
    exitCode: 2,
    message: expect.stringMatching(/--listen: 0\.0\.0\.0:0 is not on loopback.*--certs; or say --insecure/) as string,
  });
  const insecure = await other.start([], { listen: '0.0.0.0:0', security: { ...LOOPBACK_ONLY, insecure: true } });
  expect(insecure.address).toMatch(/^0\.0\.0\.0:\d+$/);
  await other.close();
});
