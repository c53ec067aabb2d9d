import { request as httpsRequest, type RequestOptions } from 'node:https';
import { createAuthority, issueCertificate } from '@tandem/certificates';
import type { ClusterRole } from '@tandem/core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RefusalLog } from '../security/refusal-log.js';
import { LOOPBACK_ONLY, type Security, type TlsIdentity } from '../security/security.js';
import { Health } from './health.js';
import { WatchingServer } from './watching-server.js';

const token = 'a-token-that-nobody-guesses';
const identities: Record<string, TlsIdentity> = {};
let server: WatchingServer | undefined;
let health: Health;
let refused: string[];

beforeAll(async () => {
  const [authority, other] = [await createAuthority(10), await createAuthority(10)];
  const issue = async (name: string, role: ClusterRole, of = authority) => {
    const { certificatePem: certificate, privateKeyPem: key } = await issueCertificate(of, {
      ...{ name, roles: [role], hosts: [], days: 1 },
    });
    identities[name] = { certificate, key, authority: authority.certificatePem };
  };
  await issue('worker', 'worker');
  await issue('observer', 'observer');
  await issue('stranger', 'observer', other);
});
afterEach(() => server?.close());

async function serve(security: Security = LOOPBACK_ONLY, listen = '127.0.0.1:0'): Promise<string> {
  refused = [];
  health = new Health([]);
  server = await WatchingServer.listen({
    ...{ listen, security, health },
    refusals: new RefusalLog((text) => refused.push(text)),
    metrics: { contentType: 'text/plain; version=0.0.4', render: () => Promise.resolve('tandem_loss 1\n') },
  });
  return server.address;
}

async function get(url: string, init: RequestInit = {}): Promise<{ status: number; text: string }> {
  const response = await fetch(url, init);
  return { status: response.status, text: (await response.text()).trim() };
}

function getByTls(url: string, options: RequestOptions): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(url, { ...options, rejectUnauthorized: false, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () => resolve({ status: response.statusCode!, text: text.trim() }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('in plaintext', () => {
  it('gives metrics and health', async () => {
    const address = await serve();
    expect(server!.url).toBe(`http://${address}/metrics`);
    const { headers } = await fetch(server!.url);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4');
    expect(await get(server!.url)).toEqual({ status: 200, text: 'tandem_loss 1' });
    expect(await get(`http://${address}/health`)).toEqual({ status: 503, text: 'NOT_SERVING' });
    health.set('', 'SERVING');
    expect(await get(`http://${address}/health?verbose`)).toEqual({ status: 200, text: 'SERVING' });
  });

  it('knows nothing else', async () => {
    const address = await serve();
    expect(await get(`http://${address}/`)).toEqual({ status: 404, text: 'there are /metrics and /health' });
    expect(await get(server!.url, { method: 'POST', body: 'x' })).toEqual({ status: 405, text: 'only GET' });
  });

  it('gives metrics to who has the token, health to everybody', async () => {
    const address = await serve({ ...LOOPBACK_ONLY, token });
    const bearing = (authorization: string) => get(server!.url, { headers: { authorization } });
    expect((await get(server!.url)).status).toBe(401);
    expect((await bearing('Bearer another-token-of-16')).status).toBe(401);
    expect(refused.map((text) => text.replace(/:\d+/, ''))).toEqual([
      expect.stringContaining('refused 127.0.0.1: UNAUTHENTICATED: no join token came with the call'),
      expect.stringContaining('refused 127.0.0.1: UNAUTHENTICATED: the join token is wrong'),
    ]);
    expect(await bearing(`Bearer ${token}`)).toEqual({ status: 200, text: 'tandem_loss 1' });
    expect((await get(`http://${address}/health`)).text).toBe('NOT_SERVING');
  });

  it('stays on loopback unless --insecure is said', async () => {
    await expect(serve(LOOPBACK_ONLY, '0.0.0.0:0')).rejects.toMatchObject({
      code: 'TANDEM_PLAINTEXT',
      message: expect.stringContaining('--metrics-listen: 0.0.0.0:0 is not on loopback') as string,
    });
    await serve({ ...LOOPBACK_ONLY, insecure: true }, '0.0.0.0:0');
  });
});

it.each([
  ['9400', 'TANDEM_LISTEN_ADDRESS', /"9400" is not an address to listen at.*HOST:PORT/],
  ['127.0.0.1:65536', 'TANDEM_LISTEN_ADDRESS', /127\.0\.0\.1:65536/],
  ['192.0.2.1:9400', 'TANDEM_CANNOT_LISTEN', /--metrics-listen 192\.0\.2\.1:9400: it cannot be listened at/],
])('refuses %s', async (listen, code, message) => {
  await expect(serve({ ...LOOPBACK_ONLY, insecure: true }, listen)).rejects.toMatchObject({
    ...{ code, exitCode: 2 },
    message: expect.stringMatching(message) as string,
  });
});

it('names a port that is taken', async () => {
  const address = await serve();
  const first = server!;
  await expect(serve(LOOPBACK_ONLY, address)).rejects.toMatchObject({ code: 'TANDEM_PORT_IN_USE', exitCode: 2 });
  await first.close();
});

describe('over TLS', () => {
  const as = (name: string) => ({ cert: identities[name]!.certificate, key: identities[name]!.key });

  it('gives metrics to members, health to everybody', async () => {
    const address = await serve({ tls: identities['worker'], token: undefined, insecure: false });
    expect(server!.url).toBe(`https://${address}/metrics`);
    expect(await getByTls(server!.url, as('observer'))).toEqual({ status: 200, text: 'tandem_loss 1' });
    expect(await getByTls(server!.url, {})).toEqual({
      status: 403,
      text: '/metrics is for coordinator or worker or observer; the role of the certificate is none',
    });
    expect(await getByTls(`https://${address}/health`, {})).toEqual({ status: 503, text: 'NOT_SERVING' });
  });

  it('hangs up on a certificate of another authority', async () => {
    await serve({ tls: identities['worker'], token: undefined, insecure: false });
    await expect(getByTls(server!.url, as('stranger'))).rejects.toThrow();
    expect(refused).toEqual([expect.stringContaining('its certificate is of another authority, stranger')]);
  });

  it('asks members for the token too', async () => {
    await serve({ tls: identities['worker'], token, insecure: false });
    expect((await getByTls(server!.url, as('observer'))).status).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    expect((await getByTls(server!.url, { ...as('observer'), headers })).status).toBe(200);
  });
});
