import type { IncomingMessage, ServerResponse } from 'node:http';
import { status as Status } from '@grpc/grpc-js';
import { CallGuard, METRICS_PATH } from '../security/call-guard.js';
import { peerOf, type RefusalLog } from '../security/refusal-log.js';
import type { Security } from '../security/security.js';
import type { Health } from './health.js';
import { HttpListener, rolesOfCaller, sayText } from './http-listener.js';

/** Whether the process serves: for probes that show no certificate. */
export const HEALTH_PATH = '/health';

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
  #listener!: HttpListener;

  private constructor(options: WatchingServerOptions) {
    this.#options = options;
    this.#guard = new CallGuard(options.security);
  }

  /** Throws a ConfigurationError: see HttpListener.listen. */
  static async listen(options: WatchingServerOptions): Promise<WatchingServer> {
    const server = new WatchingServer(options);
    const { listen, security, refusals } = options;
    server.#listener = await HttpListener.listen({
      ...{ listen, flag: '--metrics-listen', usualPort: 9400, security, refusals },
      answer: (request, response) => void server.#answer(request, response),
    });
    return server;
  }

  /** HOST:PORT that it listens at. */
  get address(): string {
    return this.#listener.address;
  }

  /** Of the metrics. */
  get url(): string {
    return this.#listener.origin + METRICS_PATH;
  }

  /** Breaks off what is under way. */
  close(): Promise<void> {
    return this.#listener.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.replace(/\?.*$/s, '') ?? '';
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sayText(response.setHeader('allow', 'GET, HEAD'), 405, 'only GET');
    if (path === HEALTH_PATH) {
      const status = this.#options.health.status('') ?? 'NOT_SERVING';
      return sayText(response, status === 'SERVING' ? 200 : 503, status);
    }
    if (path !== METRICS_PATH) return sayText(response, 404, `there are ${METRICS_PATH} and ${HEALTH_PATH}`);
    const { authorization } = request.headers;
    const refusal = this.#guard.refusal({ path, authorization, roles: rolesOfCaller(request) });
    if (refusal !== undefined) {
      this.#options.refusals.add(peerOf(request.socket), `${Status[refusal.code]}: ${refusal.details}`);
      return sayText(response, refusal.code === Status.UNAUTHENTICATED ? 401 : 403, refusal.details);
    }
    const { metrics } = this.#options;
    try {
      const text = await metrics.render();
      response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
    } catch (error) {
      sayText(response, 500, (error as Error).message);
    }
  }
}
