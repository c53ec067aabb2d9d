import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LogLine } from '@tandem/observability';
import { createLogger } from '@tandem/observability/logging';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Collector, type Posted } from '../../testing/collector.js';
import { ExportLink } from './export-link.js';
import type { Trace } from './trace.js';

let folder: string;
let collector: Collector | undefined;
let link: ExportLink | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-traces-'));
});
afterEach(async () => {
  await link?.close();
  await collector?.close();
  link = collector = undefined;
  rmSync(folder, { recursive: true });
});

function open(url: string, options: { entry?: URL; flushTimeoutMs?: number } = {}): ExportLink {
  const log = createLogger({ name: 'test', level: 'info', file: join(folder, 'log.jsonl') });
  link = new ExportLink({ url, log, resource: { 'service.name': 'tandem', 'service.version': '1' }, ...options });
  return link;
}

const logged = () =>
  readFileSync(join(folder, 'log.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine & { readonly spans?: number });

const us = 1e3 * Date.now();
const trace: Trace = {
  id: '0123456789abcdef0123456789abcdef',
  spans: [
    { name: 'step', parent: undefined, startUs: us, endUs: us + 10, attributes: { 'tandem.step': 4 } },
    { name: 'rank 0', parent: 0, startUs: us, endUs: us + 5, attributes: {}, error: 'it is not known to have ended' },
  ],
};

const answering = (status: number) => (response: ServerResponse) => response.writeHead(status).end();

describe('ExportLink', () => {
  it('sends what it was given before it is closed, as protobuf, to the endpoint as it is', async () => {
    collector = await Collector.listen();
    const opened = open(`${collector.url}/v1/traces`);
    opened.send(trace);
    await opened.close();
    // The first is of no spans: whether they are taken shows from the start.
    const [empty, { path, headers, body }] = collector.posted as [Posted, Posted];
    expect(empty.body).toHaveLength(0);
    expect({ path, type: headers['content-type'] }).toEqual({ path: '/v1/traces', type: 'application/x-protobuf' });
    for (const text of ['step', 'rank 0', 'tandem.step', 'it is not known to have ended', 'service.name'])
      expect(body.includes(text), text).toBe(true);
    expect(body.includes(Buffer.from(trace.id, 'hex'))).toBe(true);
    expect(logged()).toEqual([]);
  });

  it('tells once of a collector that refuses, and at the end how much is missing', async () => {
    collector = await Collector.listen(answering(404));
    const opened = open(`${collector.url}/v1/traces`);
    opened.send(trace);
    await vi.waitFor(() => expect(logged()).toHaveLength(1), { timeout: 10_000, interval: 5 });
    await opened.close();
    expect(logged().map(({ event, msg }) => [event, msg])).toEqual([
      [
        'traces.paused',
        expect.stringMatching(/cannot be sent to http:.*\/v1\/traces \(HTTP 404 Not Found\): training goes on/),
      ],
      ['traces.incomplete', expect.stringMatching(/^2 spans of traces did not get to http:/)],
    ]);
  });

  it('waits for a collector that does not answer no longer than it was told', async () => {
    collector = await Collector.listen(() => undefined);
    const opened = open(collector.url, { flushTimeoutMs: 50 });
    opened.send(trace);
    // The thread may take its time to start; what is bounded is the end.
    await opened.close();
    expect(logged().map(({ event, spans }) => [event, spans])).toEqual([['traces.incomplete', 2]]);
    opened.send(trace);
    await opened.close();
  });

  it('holds no more spans than some, and leaves out what comes on top', async () => {
    collector = await Collector.listen(() => undefined);
    const opened = open(collector.url, { flushTimeoutMs: 1 });
    const [root, rank] = trace.spans as [Trace['spans'][0], Trace['spans'][0]];
    const large = { ...trace, spans: [root, ...Array<typeof rank>(10_000).fill(rank)] };
    opened.send(large);
    opened.send(large);
    await opened.close();
    expect(logged().map(({ event, spans }) => [event, spans])).toEqual([['traces.incomplete', 20_002]]);
  });

  it('outlives its thread', async () => {
    const broken = join(folder, 'broken.mjs');
    writeFileSync(broken, "throw new Error('no such module')");
    const opened = open('http://me:secret@127.0.0.1:9', { entry: pathToFileURL(broken) });
    await vi.waitFor(() => expect(logged()).toHaveLength(1), { timeout: 10_000, interval: 5 });
    opened.send(trace);
    await opened.close();
    expect(logged().map(({ msg }) => msg)).toEqual([
      'traces cannot be sent to http://127.0.0.1:9/ (the thread that sends them died: no such module): training goes on without',
      '2 spans of traces did not get to http://127.0.0.1:9/',
    ]);
  });
});
