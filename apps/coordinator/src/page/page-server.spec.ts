import { get as httpGet, request, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createAuthority, issueCertificate } from '@tandem/certificates';
import { pageAssets } from '@tandem/page';
import { LOOPBACK_ONLY, RefusalLog, type Security, type TlsIdentity } from '@tandem/rpc';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PageSamples } from './page-samples.js';
import { PageServer } from './page-server.js';
import { MAX_PAGE_STREAMS, PageStreams, type PageStreamsOptions } from './page-streams.js';

const token = 'a-token-that-nobody-guesses';
const basic = (password: string) => ({ authorization: `Basic ${Buffer.from(`me:${password}`).toString('base64')}` });
let server: PageServer | undefined;
let refused: string[];
const open: IncomingMessage[] = [];

afterEach(async () => {
  for (const stream of open.splice(0)) stream.destroy();
  await server?.close();
});

/** What the streams tell: each item is a number. */
function told(items: number[]): PageStreamsOptions {
  return {
    position: () => `a.${items.length}`,
    since: (position) =>
      position?.startsWith('a.') ? JSON.stringify(items.slice(Number(position.slice(2)))) : undefined,
    all: () => JSON.stringify(items),
    status: () => '{"state":"training"}',
  };
}

async function serve(
  security: Security = LOOPBACK_ONLY,
  { listen = '127.0.0.1:0', items = [] as number[], samples = undefined as PageSamples | undefined } = {},
): Promise<string> {
  refused = [];
  server = await PageServer.listen({
    ...{ listen, security, samples, assets: await pageAssets(), streams: new PageStreams(told(items)) },
    refusals: new RefusalLog((text) => refused.push(text.replace(/:\d+/, ''))),
  });
  return server.url;
}

async function textOf(url: string, init: RequestInit = {}): Promise<{ status: number; text: string }> {
  const response = await fetch(url, init);
  return { status: response.status, text: (await response.text()).trim() };
}

/** The events of a stream so far, as "event id data". */
async function listen(url: string, headers: Record<string, string> = {}): Promise<string[]> {
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    httpGet(url, { headers, agent: false }, resolve).on('error', reject),
  );
  open.push(response);
  const events: string[] = [];
  let text = '';
  response.on('error', () => undefined);
  response.setEncoding('utf8').on('data', (piece: string) => {
    const whole = (text + piece).split('\n\n');
    text = whole.pop()!;
    for (const event of whole)
      if (event.startsWith('event')) events.push(event.replace(/\w+: /g, '').replaceAll('\n', ' '));
  });
  response.on('end', () => events.push('end'));
  return events;
}

describe('the page’s files', () => {
  it('are those of a table, with headers that let a browser do no more than it has to', async () => {
    const url = await serve();
    const { status, headers } = await fetch(url);
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    for (const [path, { contentType }] of await pageAssets()) {
      const answer = await fetch(new URL(path, url), { method: 'HEAD' });
      expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 200, contentType]);
    }
    expect((await textOf(`${url}browser/main.js`)).text).toContain("from './connection.js'");
  });

  it('are no others, whatever is asked for', async () => {
    const url = await serve();
    const rawStatus = (path: string) =>
      new Promise<number>((resolve, reject) =>
        request(url, { path, agent: false }, (response) => {
          response.resume();
          resolve(response.statusCode!);
        })
          .on('error', reject)
          .end(),
      );
    for (const path of [
      '/../package.json',
      '/browser/../../package.json',
      '/%2e%2e/package.json',
      '//etc/passwd',
      '/browser/',
      '*',
    ])
      expect([path, await rawStatus(path)]).toEqual([path, 404]);
    expect(await textOf(url, { method: 'POST', body: 'x' })).toEqual({ status: 405, text: 'only GET' });
    expect(await textOf(`${url}samples`)).toEqual({ status: 404, text: 'this coordinator draws no samples' });
  });
});

describe('who is let in', () => {
  it('has the token, as password or bearer, for the page, its events and its samples alike', async () => {
    const url = await serve({ ...LOOPBACK_ONLY, token });
    for (const path of ['', 'browser/main.js', 'events', 'samples', 'nothing']) {
      const { status, headers } = await fetch(url + path);
      expect([path, status]).toEqual([path, 401]);
      expect(headers.get('www-authenticate')).toMatch(/^Basic realm="Tandem/);
    }
    // A browser's first request is no attempt.
    expect(refused).toEqual([]);
    expect((await textOf(url, { headers: basic('another') })).status).toBe(401);
    expect(refused).toEqual(['refused 127.0.0.1: the page: the join token is wrong']);
    for (const headers of [basic(token), { authorization: `Bearer ${token}` }])
      expect((await textOf(url, { headers })).status).toBe(200);
  });

  it('asks by a name of this machine, where nothing else is asked for', async () => {
    const url = await serve();
    const status = (host: string) =>
      new Promise<number>((resolve, reject) =>
        httpGet(url, { headers: { host }, agent: false }, (response) => {
          response.resume();
          resolve(response.statusCode!);
        }).on('error', reject),
      );
    for (const host of ['localhost:8080', '127.0.0.1', '[::1]:1'])
      expect([host, await status(host)]).toEqual([host, 200]);
    for (const host of ['evil.example:8080', '127.0.0.1.evil.example'])
      expect([host, await status(host)]).toEqual([host, 421]);
  });

  it.each([
    ['8080', 'TANDEM_LISTEN_ADDRESS', /--page-listen: "8080" is not an address to listen at.*HOST:PORT/],
    ['0.0.0.0:0', 'TANDEM_PLAINTEXT', /--page-listen: 0\.0\.0\.0:0 is not on loopback/],
  ])('not at %s in plaintext', async (listen, code, message) => {
    await expect(serve(LOOPBACK_ONLY, { listen })).rejects.toMatchObject({
      ...{ code, exitCode: 2 },
      message: expect.stringMatching(message) as string,
    });
  });

  it('names a port that is taken', async () => {
    const url = await serve();
    const first = server!;
    await expect(serve(LOOPBACK_ONLY, { listen: new URL(url).host })).rejects.toMatchObject({
      ...{ code: 'TANDEM_PORT_IN_USE', message: expect.stringContaining('--page-listen 127.0.0.1') as string },
    });
    await first.close();
  });
});

describe('over TLS', () => {
  const identities: Record<string, TlsIdentity> = {};
  beforeAll(async () => {
    const authority = await createAuthority(10);
    for (const role of ['coordinator', 'observer'] as const) {
      const { certificatePem: certificate, privateKeyPem: key } = await issueCertificate(authority, {
        ...{ name: role, roles: [role], hosts: [], days: 1 },
      });
      identities[role] = { certificate, key, authority: authority.certificatePem };
    }
  });

  function statusOf(url: string, identity?: TlsIdentity, headers: Record<string, string> = {}): Promise<number> {
    const own = identity === undefined ? {} : { cert: identity.certificate, key: identity.key };
    return new Promise((resolve, reject) =>
      httpsRequest(url, { ...own, headers, rejectUnauthorized: false, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode!);
      })
        .on('error', reject)
        .end(),
    );
  }

  it('is for members’ certificates where there is no token', async () => {
    const url = await serve({ tls: identities['coordinator'], token: undefined, insecure: false });
    expect(url).toMatch(/^https:/);
    expect(await statusOf(url, identities['observer'])).toBe(200);
    expect(await statusOf(url)).toBe(403);
    expect(refused).toEqual([expect.stringContaining('refused 127.0.0.1: the page: the page is for members')]);
  });

  it('is for who has the token where there is one: browsers have no certificates', async () => {
    const url = await serve({ tls: identities['coordinator'], token, insecure: false });
    expect(await statusOf(url, undefined, basic(token))).toBe(200);
    expect(await statusOf(url, identities['observer'])).toBe(401);
  });
});

describe('the events', () => {
  it('tell all, then what comes, then the end', async () => {
    const items = [1, 2];
    const url = await serve(LOOPBACK_ONLY, { items });
    const events = await listen(`${url}events`);
    await vi.waitFor(() => expect(events).toEqual(['history a.2 [1,2]', 'status {"state":"training"}']));
    items.push(3);
    await vi.waitFor(() => expect(events).toContain('more a.3 [3]'));
    items.push(4);
    await server!.close();
    await vi.waitFor(() => expect(events.at(-1)).toBe('end'));
    expect(events.slice(-3)).toEqual(['more a.4 [4]', 'status {"state":"training"}', 'end']);
  });

  it('tell who comes back what it lacks', async () => {
    const url = await serve(LOOPBACK_ONLY, { items: [1, 2, 3] });
    const first = (events: string[]) => vi.waitFor(() => expect(events[0]).toBeDefined()).then(() => events[0]);
    expect(await first(await listen(`${url}events`, { 'last-event-id': 'a.2' }))).toBe('more a.3 [3]');
    expect(await first(await listen(`${url}events?after=a.1`))).toBe('more a.3 [2,3]');
    expect(await first(await listen(`${url}events`, { 'last-event-id': 'a.3' }))).toBe('status {"state":"training"}');
    expect(await first(await listen(`${url}events`, { 'last-event-id': 'b.9' }))).toBe('history a.3 [1,2,3]');
  });

  it(`reach ${MAX_PAGE_STREAMS} browsers, and another one when one has gone`, async () => {
    const url = await serve();
    for (let browser = 0; browser < MAX_PAGE_STREAMS; browser++) await listen(`${url}events`);
    expect(await textOf(`${url}events`)).toEqual({ status: 503, text: 'too many browsers look already' });
    open.pop()!.destroy();
    await vi.waitFor(async () => {
      await listen(`${url}events`);
      expect(open.at(-1)!.statusCode).toBe(200);
    });
  });
});

describe('the samples', () => {
  it('are a picture with its title', async () => {
    const samples = new PageSamples(
      (step) => Promise.resolve({ title: `Step ${step} – é`, png: Buffer.from('png') }),
      () => 7,
    );
    const response = await fetch(`${await serve(LOOPBACK_ONLY, { samples })}samples`);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(decodeURIComponent(response.headers.get('x-tandem-title')!)).toBe('Step 7 – é');
    expect(await response.text()).toBe('png');
  });

  it('or why there are none', async () => {
    const samples = new PageSamples(
      () => Promise.reject(new Error('the data are elsewhere')),
      () => 1,
    );
    expect(await textOf(`${await serve(LOOPBACK_ONLY, { samples })}samples`)).toEqual({
      status: 503,
      text: 'the data are elsewhere',
    });
  });
});
