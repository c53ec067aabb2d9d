import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { TLSSocket } from 'node:tls';
import { status as Status } from '@grpc/grpc-js';
import { ConfigurationError } from '@tandem/core';
import { CallGuard, METRICS_PATH } from '../security/call-guard.js';
import { requireEncryption } from '../security/plaintext-rule.js';
import { peerOf, type RefusalLog } from '../security/refusal-log.js';
import { rolesOf } from '../security/roles.js';
import type { Security } from '../security/security.js';
import { createTlsListener } from '../security/tls-listener.js';
import type { Health } from './health.js';

/** Whether the process serves: for probes that show no certificate. */
export const HEALTH_PATH = '/health';

/** Scrapers and probes at once; the rest waits in the system's queue, or is cut off. */
const MAX_WATCHING_CONNECTIONS = 64;

/** A request must be there after so long. */
export const WATCHING_REQUEST_TIMEOUT_MS = 10_000;

/** What Prometheus reads. */
export interface MetricsText {
  readonly contentType: string;
  render(): Promise<string>;
}

export interface WatchingServerOptions {
  /** HOST:PORT; port 0 takes any free one. */
  readonly listen: string;
  readonly security: Security;
  readonly refusals: RefusalLog;
  readonly metrics: MetricsText;
  readonly health: Health;
}

/**
 * `/metrics` for members of the cluster, with the token where there is one, and `/health` for everybody who reaches it, in
 * HTTP/1.1, over TLS where the process has a certificate.
 */
export class WatchingServer {
  readonly #options: WatchingServerOptions;
  readonly #guard: CallGuard;
  readonly #http: HttpServer;
  readonly #listener: Server;

  private constructor(options: WatchingServerOptions) {
    const { security, refusals } = options;
    this.#options = options;
    this.#guard = new CallGuard(security);
    this.#http = createServer(
      { requestTimeout: WATCHING_REQUEST_TIMEOUT_MS, headersTimeout: WATCHING_REQUEST_TIMEOUT_MS },
      (request, response) => void this.#answer(request, response),
    );
    this.#http.maxConnections = MAX_WATCHING_CONNECTIONS;
    const { tls } = security;
    this.#listener =
      tls === undefined
        ? this.#http
        : createTlsListener(tls, refusals, (socket) => this.#http.emit('connection', socket), {
            protocol: 'http/1.1',
            strangers: 'accept',
          });
    this.#listener.maxConnections = MAX_WATCHING_CONNECTIONS;
  }

  /**
   * Throws a ConfigurationError: `TANDEM_LISTEN_ADDRESS`, `TANDEM_PLAINTEXT`, `TANDEM_PORT_IN_USE`, `TANDEM_CANNOT_LISTEN`.
   */
  static async listen(options: WatchingServerOptions): Promise<WatchingServer> {
    const { listen, security } = options;
    const [, host, port] = /^(\[[^\]]+\]|[^:\s]+):(\d{1,5})$/.exec(listen) ?? [];
    if (host === undefined || Number(port) > 65_535)
      throw new ConfigurationError({
        code: 'TANDEM_LISTEN_ADDRESS',
        what: `"${listen}" is not an address to listen at`,
        where: '--metrics-listen',
        expected: 'HOST:PORT, such as 127.0.0.1:9400',
      });
    requireEncryption(listen, security, '--metrics-listen');
    const server = new WatchingServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#listener.once('error', (error) => reject(cannotListen(listen, error)));
      server.#listener.listen(Number(port), host.replace(/^\[(.*)\]$/, '$1'), resolve);
    });
    return server;
  }

  /** HOST:PORT that it listens at. */
  get address(): string {
    const { port } = this.#listener.address() as AddressInfo;
    return `${this.#options.listen.replace(/:\d+$/, '')}:${port}`;
  }

  /** Of the metrics. */
  get url(): string {
    return `${this.#options.security.tls === undefined ? 'http' : 'https'}://${this.address}${METRICS_PATH}`;
  }

  /** Breaks off what is under way. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#listener.close(() => resolve());
      this.#http.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.replace(/\?.*$/s, '') ?? '';
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return say(response.setHeader('allow', 'GET, HEAD'), 405, 'only GET');
    if (path === HEALTH_PATH) {
      const status = this.#options.health.status('') ?? 'NOT_SERVING';
      return say(response, status === 'SERVING' ? 200 : 503, status);
    }
    if (path !== METRICS_PATH) return say(response, 404, `there are ${METRICS_PATH} and ${HEALTH_PATH}`);
    const { socket, headers } = request;
    const authorized = socket instanceof TLSSocket && socket.authorized;
    const refusal = this.#guard.refusal({
      path,
      authorization: headers.authorization,
      roles: authorized ? rolesOf(socket.getPeerCertificate()) : undefined,
    });
    if (refusal !== undefined) {
      this.#options.refusals.add(peerOf(socket), `${Status[refusal.code]}: ${refusal.details}`);
      return say(response, refusal.code === Status.UNAUTHENTICATED ? 401 : 403, refusal.details);
    }
    const { metrics } = this.#options;
    try {
      const text = await metrics.render();
      response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
    } catch (error) {
      say(response, 500, (error as Error).message);
    }
  }
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

function cannotListen(address: string, cause: Error): ConfigurationError {
  const inUse = cause.message.includes('EADDRINUSE');
  return new ConfigurationError({
    code: inUse ? 'TANDEM_PORT_IN_USE' : 'TANDEM_CANNOT_LISTEN',
    what: inUse ? 'the port is in use' : `it cannot be listened at (${cause.message})`,
    where: `--metrics-listen ${address}`,
    remedy: 'Choose another address of this machine, or another port.',
    cause,
  });
}
