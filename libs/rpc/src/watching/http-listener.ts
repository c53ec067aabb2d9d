import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type ClusterRole, ConfigurationError } from '@tandem/core';
import { requireEncryption } from '../security/plaintext-rule.js';
import type { RefusalLog } from '../security/refusal-log.js';
import { rolesOf } from '../security/roles.js';
import type { Security } from '../security/security.js';
import { createTlsListener } from '../security/tls-listener.js';

/** Scrapers, probes and browsers at once; the rest is cut off. */
const MAX_HTTP_CONNECTIONS = 64;

/** A request must be there after so long. */
export const HTTP_REQUEST_TIMEOUT_MS = 10_000;

export interface HttpListenerOptions {
  /** HOST:PORT; port 0 takes any free one. */
  readonly listen: string;
  /** The flag that says so, and a port it is often given: for messages. */
  readonly flag: string;
  readonly usualPort: number;
  readonly security: Security;
  readonly refusals: RefusalLog;
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
}

/**
 * Where HTTP/1.1 is listened for: in plaintext on loopback, or over TLS where the process has a certificate. Callers over TLS
 * need show none; who shows one of another authority is hung up on. What a caller may ask is for `answer` to say.
 */
export class HttpListener {
  readonly #options: HttpListenerOptions;
  readonly #http: HttpServer;
  readonly #listener: Server;

  private constructor(options: HttpListenerOptions) {
    const { security, refusals, answer } = options;
    this.#options = options;
    this.#http = createServer(
      { requestTimeout: HTTP_REQUEST_TIMEOUT_MS, headersTimeout: HTTP_REQUEST_TIMEOUT_MS },
      answer,
    );
    this.#http.maxConnections = MAX_HTTP_CONNECTIONS;
    const { tls } = security;
    this.#listener =
      tls === undefined
        ? this.#http
        : createTlsListener(tls, refusals, (socket) => this.#http.emit('connection', socket), {
            protocol: 'http/1.1',
            strangers: 'accept',
          });
    this.#listener.maxConnections = MAX_HTTP_CONNECTIONS;
  }

  /**
   * Throws a ConfigurationError: `TANDEM_LISTEN_ADDRESS`, `TANDEM_PLAINTEXT`, `TANDEM_PORT_IN_USE`, `TANDEM_CANNOT_LISTEN`.
   */
  static async listen(options: HttpListenerOptions): Promise<HttpListener> {
    const { listen, flag, usualPort, security } = options;
    const [, host, port] = /^(\[[^\]]+\]|[^:\s]+):(\d{1,5})$/.exec(listen) ?? [];
    if (host === undefined || Number(port) > 65_535)
      throw new ConfigurationError({
        code: 'TANDEM_LISTEN_ADDRESS',
        what: `"${listen}" is not an address to listen at`,
        where: flag,
        expected: `HOST:PORT, such as 127.0.0.1:${usualPort}`,
      });
    requireEncryption(listen, security, flag);
    const server = new HttpListener(options);
    await new Promise<void>((resolve, reject) => {
      server.#listener.once('error', (error) => reject(cannotListen(`${flag} ${listen}`, error)));
      server.#listener.listen(Number(port), host.replace(/^\[(.*)\]$/, '$1'), resolve);
    });
    return server;
  }

  /** HOST:PORT that it listens at. */
  get address(): string {
    const { port } = this.#listener.address() as AddressInfo;
    return `${this.#options.listen.replace(/:\d+$/, '')}:${port}`;
  }

  /** http://HOST:PORT, or https. */
  get origin(): string {
    return `${this.#options.security.tls === undefined ? 'http' : 'https'}://${this.address}`;
  }

  /** Breaks off what is under way. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#listener.close(() => resolve());
      this.#http.closeAllConnections();
    });
  }
}

/** Of the caller's certificate, where it has shown one of the authority's. */
export function rolesOfCaller({ socket }: IncomingMessage): readonly ClusterRole[] | undefined {
  return socket instanceof TLSSocket && socket.authorized ? rolesOf(socket.getPeerCertificate()) : undefined;
}

/** One line of plain text. */
export function sayText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

function cannotListen(where: string, cause: Error): ConfigurationError {
  const inUse = cause.message.includes('EADDRINUSE');
  return new ConfigurationError({
    code: inUse ? 'TANDEM_PORT_IN_USE' : 'TANDEM_CANNOT_LISTEN',
    what: inUse ? 'the port is in use' : `it cannot be listened at (${cause.message})`,
    where,
    remedy: 'Choose another address of this machine, or another port.',
    cause,
  });
}
