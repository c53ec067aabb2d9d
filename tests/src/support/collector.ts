import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

export interface Collector {
  readonly url: string;
  /** What was posted so far. */
  readonly posted: readonly { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: Buffer }[];
}

/** Takes what is posted to it, as an OpenTelemetry collector does; closed at the end of the spec file. */
export async function startCollector(): Promise<Collector> {
  const posted: Collector['posted'][number][] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      posted.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts) });
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, posted };
}
