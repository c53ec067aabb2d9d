import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Asset } from '@tandem/page';
import {
  BASIC_CHALLENGE,
  HttpListener,
  isLoopback,
  PageGuard,
  peerOf,
  type RefusalLog,
  rolesOfCaller,
  sayText,
  type Security,
} from '@tandem/rpc';
import type { PageSamples } from './page-samples.js';
import type { PageStreams } from './page-streams.js';

/** Server-sent events. */
const EVENTS_PATH = '/events';
/** A picture of the coming step's samples. */
const SAMPLES_PATH = '/samples';

/** What a browser may do with the page: nothing but what it is. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

export interface PageServerOptions {
  /** HOST:PORT; port 0 takes any free one. */
  readonly listen: string;
  readonly security: Security;
  readonly refusals: RefusalLog;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly streams: PageStreams;
  /** Undefined: there are no samples to show. */
  readonly samples: PageSamples | undefined;
}

/** The page in HTTP/1.1, over TLS where the coordinator has a certificate; all of it is read-only. */
export class PageServer {
  readonly #options: PageServerOptions;
  readonly #guard: PageGuard;
  #listener!: HttpListener;

  private constructor(options: PageServerOptions) {
    this.#options = options;
    this.#guard = new PageGuard(options.security);
  }

  /** Throws a ConfigurationError: see HttpListener.listen. */
  static async listen(options: PageServerOptions): Promise<PageServer> {
    const server = new PageServer(options);
    const { listen, security, refusals } = options;
    server.#listener = await HttpListener.listen({
      ...{ listen, flag: '--page-listen', usualPort: 8080, security, refusals },
      answer: (request, response) => server.#answer(request, response),
    });
    return server;
  }

  /** HOST:PORT that it listens at. */
  get address(): string {
    return this.#listener.address;
  }

  get url(): string {
    return `${this.#listener.origin}/`;
  }

  /** Whoever looks is told the end first. */
  async close(): Promise<void> {
    this.#options.samples?.close();
    this.#options.streams.close();
    // What was ended is sent before connections are cut.
    await new Promise((resolve) => setImmediate(resolve));
    await this.#listener.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sayText(response.setHeader('allow', 'GET, HEAD'), 405, 'only GET');
    if (!this.#isAskedByName(request))
      return sayText(response, 421, 'ask for this page by localhost or the address that it listens at');
    const { authorization } = request.headers;
    const refusal = this.#guard.refusal({ authorization, roles: rolesOfCaller(request) });
    if (refusal !== undefined) {
      // A browser asks once without, to learn that it has to.
      if (authorization !== undefined || refusal.status === 403)
        this.#options.refusals.add(peerOf(request.socket), `the page: ${refusal.details}`);
      if (refusal.status === 401) response.setHeader('www-authenticate', BASIC_CHALLENGE);
      return sayText(response, refusal.status, refusal.details);
    }
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const asset = this.#options.assets.get(path);
    if (asset !== undefined) {
      const head = { 'content-type': asset.contentType, 'content-length': asset.body.byteLength };
      response.writeHead(200, head).end(request.method === 'HEAD' ? undefined : asset.body);
    } else if (path === EVENTS_PATH && request.method === 'GET')
      this.#stream(request, response, new URLSearchParams(query).get('after') ?? undefined);
    else if (path === SAMPLES_PATH && request.method === 'GET') void this.#sampleSheet(response);
    else sayText(response, 404, 'there is no such page: it is at /');
  }

  /**
   * In plaintext on loopback without a token, only the name of the host tells this page's own requests from those that another
   * page in the same browser makes, whose name has come to mean 127.0.0.1 (DNS rebinding).
   */
  #isAskedByName({ headers }: IncomingMessage): boolean {
    const { listen, security } = this.#options;
    if (security.tls !== undefined || security.token !== undefined || !isLoopback(listen)) return true;
    return isLoopback(headers.host ?? '');
  }

  #stream({ headers }: IncomingMessage, response: ServerResponse, after: string | undefined): void {
    const { streams } = this.#options;
    if (streams.isFull) return sayText(response.setHeader('retry-after', '10'), 503, 'too many browsers look already');
    const heard = headers['last-event-id'];
    streams.open(response, typeof heard === 'string' && heard !== '' ? heard : after);
  }

  async #sampleSheet(response: ServerResponse): Promise<void> {
    const { samples } = this.#options;
    if (samples === undefined) return sayText(response, 404, 'this coordinator draws no samples');
    try {
      const { title, png } = await samples.sheet();
      response.writeHead(200, { 'content-type': 'image/png', 'x-tandem-title': encodeURIComponent(title) }).end(png);
    } catch (error) {
      sayText(response, 503, (error as Error).message);
    }
  }
}
