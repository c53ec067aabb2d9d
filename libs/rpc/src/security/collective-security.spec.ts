import { type Client, type ClientReadableStream, status as Status } from '@grpc/grpc-js';
import { createAuthority, issueCertificate } from '@tandem/certificates';
import type { ClusterRole } from '@tandem/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CollectiveServer } from '../collective-server.js';
import { fetchWorkerState } from '../fetch-worker-state.js';
import { memorySource } from '../stored-state.js';
import { GrpcTransport } from '../grpc-transport.js';
import type { Member } from '../messages.js';
import { PROTOCOL_VERSION, loadTandemProtocol } from '../protocol.js';
import { openStub } from './open-stub.js';
import { LOOPBACK_ONLY, type Security, type TlsIdentity } from './security.js';

const token = 'a-token-that-nobody-guesses';
const identities: Record<string, TlsIdentity> = {};
const servers: CollectiveServer[] = [];
let refused: string[];
let server: CollectiveServer;

beforeAll(async () => {
  const [authority, other] = [await createAuthority(10), await createAuthority(10)];
  const issue = async (as: string, { of = authority, days = 1, role = 'worker' as ClusterRole } = {}) => {
    const issued = await issueCertificate(of, { name: as, roles: [role], hosts: [], days });
    // Whoever is refused trusts the right authority: it is the server that has to notice.
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
  refused = [];
  server = await listen(as('worker'), (text) => refused.push(text));
  server.offer({ runId: 'run', step: 3, state: memorySource(new Uint8Array([1, 2, 3])) });
  server.admit({ runId: 'run', generation: 1, rank: 0, worldSize: 2, open: () => undefined });
});
afterAll(() => Promise.all(servers.map((each) => each.close())));

const as = (name: string, withToken: string | null = token): Security => ({
  tls: identities[name],
  token: withToken ?? undefined,
  insecure: false,
});

async function listen(security: Security, onRefusal?: (text: string) => void): Promise<CollectiveServer> {
  const options = { host: '127.0.0.1', port: 0, security };
  const made = await CollectiveServer.listen({ ...options, ...(onRefusal && { onRefusal }) });
  servers.push(made);
  return made;
}

const member = (rank: number): Member => ({ rank, name: `w${rank}`, address: `127.0.0.1:${server.port}` });

/** How a call ended, or "answered". */
function outcome(
  call: ClientReadableStream<unknown>,
  stub: Client,
): Promise<{ code: Status; details: string } | string> {
  return new Promise((resolve) => {
    const end = (value: { code: Status; details: string } | string) => {
      resolve(value);
      call.cancel();
      stub.close();
    };
    call.on('metadata', () => setImmediate(() => end('answered')));
    call.on('data', () => end('answered'));
    call.on('error', (error) => end(error as unknown as { code: Status; details: string }));
  });
}

function call(method: 'pull' | 'fetchState', security: Security) {
  const { CollectiveStub } = loadTandemProtocol();
  const stub = openStub(CollectiveStub, { address: member(0).address, peer: 'worker', security });
  const pull = { protocolVersion: PROTOCOL_VERSION, runId: 'run', generation: 1, rank: 1 };
  const open = method === 'pull' ? stub.pull(pull) : stub.fetchState({ runId: 'run', step: 3 });
  return outcome(open as ClientReadableStream<unknown>, stub);
}

describe.each(['pull', 'fetchState'] as const)('%s of a worker', (method) => {
  it.each([
    ['without a token', () => as('worker', null), 'UNAUTHENTICATED: no join token came with the call'],
    ['with a wrong token', () => as('worker', 'another-token-of-16'), 'UNAUTHENTICATED: the join token is wrong'],
    [
      'with a certificate of another authority',
      () => as('stranger'),
      'its certificate is of another authority, stranger (worker)',
    ],
    ['with an expired certificate', () => as('expired'), 'its certificate has expired, expired (worker)'],
    ['with a certificate for another role', () => as('observer'), 'PERMISSION_DENIED: /tandem.v1.Collective/'],
    ['in plaintext', () => ({ ...LOOPBACK_ONLY, token }), 'it does not speak TLS'],
  ])('is refused %s, and told of once', async (_, security, reason) => {
    const byStatus = /^[A-Z_]+(?=:)/.exec(reason)?.[0];
    for (let attempt = 0; attempt < 3; attempt++)
      expect(await call(method, security())).toMatchObject({
        code: Status[(byStatus ?? 'UNAVAILABLE') as 'UNAVAILABLE'],
      });
    const path = byStatus === 'PERMISSION_DENIED' ? (method === 'pull' ? 'Pull' : 'FetchState') : '';
    const told = refused.filter((text) => text.includes(reason + path));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^refused 127\.0\.0\.1:\d+: /);
  });

  it('is answered to a worker of the cluster', async () => {
    expect(await call(method, as('worker'))).toBe('answered');
  });
});

describe('who a worker speaks to', () => {
  it('is a peer with a certificate of the authority for a worker', async () => {
    const state = await fetchWorkerState(member(0), { runId: 'run', step: 3 }, { security: as('coordinator') });
    expect([...state]).toEqual([1, 2, 3]);
  });

  it.each([
    ['stranger', /of another authority/],
    ['expired', /has expired/],
    ['coordinator', /its certificate is for coordinator \(coordinator\), not for a worker/],
  ])('is not %s, whatever it says: a state', async (name, reason) => {
    const impostor = await listen(as(name));
    impostor.offer({ runId: 'run', step: 3, state: memorySource(new Uint8Array(3)) });
    const address = `127.0.0.1:${impostor.port}`;
    const security = as('worker');
    await expect(
      fetchWorkerState({ ...member(1), address }, { runId: 'run', step: 3 }, { security }),
    ).rejects.toMatchObject({
      code: 'TANDEM_STATE_UNAVAILABLE',
      message: expect.stringMatching(reason) as string,
    });
  });

  it.each([
    ['stranger', /UNAUTHENTICATED: its certificate is of another authority/],
    ['expired', /UNAUTHENTICATED: its certificate has expired/],
    ['coordinator', /UNAUTHENTICATED: its certificate is for coordinator/],
  ])('is not %s: an exchange', async (name, reason) => {
    const [here, impostor] = [await listen(as('worker')), await listen(as(name))];
    const members = [here, impostor].map(({ port }, rank) => ({
      rank,
      name: `w${rank}`,
      address: `127.0.0.1:${port}`,
    }));
    const connecting = GrpcTransport.connect({
      server: here,
      runId: 'run',
      generation: 1,
      rank: 0,
      members,
      timeoutMs: 20_000,
    });
    await expect(connecting).rejects.toMatchObject({
      code: 'TANDEM_PEER_REFUSED',
      message: expect.stringMatching(reason) as string,
    });
  });

  it('exchanges with peers that it knows', async () => {
    const both = [await listen(as('worker')), await listen(as('worker'))];
    const members = both.map(({ port }, rank) => ({ rank, name: `w${rank}`, address: `127.0.0.1:${port}` }));
    const transports = await Promise.all(
      both.map((each, rank) =>
        GrpcTransport.connect({ server: each, runId: 'run', generation: 1, rank, members, timeoutMs: 20_000 }),
      ),
    );
    const data = Uint8Array.from({ length: 3_000_000 }, (_, at) => at % 251);
    const received = new Promise<Uint8Array>((resolve) =>
      transports[1]!.onFrame((_, frame) => resolve(frame.data.slice())),
    );
    await transports[0]!.send(1, { step: 1, bucket: 0, phase: 'reduce', part: 0, offset: 0, data });
    expect(Buffer.compare(await received, data)).toBe(0);
    for (const transport of transports) await transport.close();
  });

  it('is nobody on another machine, in plaintext', async () => {
    const address = '192.0.2.1:7000';
    await expect(fetchWorkerState({ ...member(0), address }, { runId: 'run', step: 3 })).rejects.toMatchObject({
      code: 'TANDEM_PLAINTEXT',
      exitCode: 2,
    });
  });
});
