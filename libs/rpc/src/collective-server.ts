import { createServer } from 'node:http2';
import type { Http2Server, Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import { status as Status } from '@grpc/grpc-js';
import { RunError } from '@tandem/core';
import { MAX_CONNECTIONS, MAX_STREAMS_A_CONNECTION } from './channel-options.js';
import { encodeHead } from './chunk-codec.js';
import type { ChunkHead } from './chunk-codec.js';
import { keepAlive } from './keep-alive.js';
import type { LentMemory, PullRequest, StateChunkInput, StateRequest } from './messages.js';
import { frameMessage, readRequest } from './message-framing.js';
import { OfferedStates } from './offered-states.js';
import type { OfferedState } from './offered-states.js';
import { loadTandemProtocol } from './protocol.js';
import { PullGate, PullRefusal } from './pull-gate.js';
import type { Admission } from './pull-gate.js';
import { ReplyStream } from './reply-stream.js';
import { CallGuard } from './security/call-guard.js';
import { factsOf } from './security/http2-security.js';
import { RefusalLog, peerOf } from './security/refusal-log.js';
import { LOOPBACK_ONLY } from './security/security.js';
import type { Security } from './security/security.js';
import { createTlsListener } from './security/tls-listener.js';
import { Health, type HealthMethod, healthMethods, MAX_HEALTH_WATCHERS } from './watching/health.js';
import { sendState } from './send-state.js';

import { pullRequestFault, stateRequestFault } from './validation/requests.js';

/** Pulls that may wait for a generation: one a peer, and some. */
const MAX_WAITING_PULLS = 4_096;

export const COLLECTIVE_SERVICE = 'tandem.v1.Collective';

/** A chunk to be sent; its data are read until the write is done. */
export interface OutgoingChunk extends ChunkHead {
  readonly data: Uint8Array;
}

/** A peer's pull. */
export type PullStream = ReplyStream<OutgoingChunk>;

export interface PullAdmission extends Admission {
  /** Takes a peer's stream over, or gives the reason why not. `memory` is what the peer lends. */
  open(rank: number, stream: PullStream, memory: LentMemory | null): string | undefined;
}

export interface CollectiveServerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Default: PULL_ADMISSION_TIMEOUT_MS. */
  readonly pullAdmissionTimeoutMs?: number;
  /** Also what peers are known by. Default: LOOPBACK_ONLY. */
  readonly security?: Security;
  /** Hears of callers that were refused for who they are or what they said. */
  readonly onRefusal?: (text: string) => void;
}

/**
 * Serves tandem.v1.Collective: gradients to the peers of the present generation, state to whoever asks for it. gRPC as every
 * client speaks it, on Node's HTTP/2 itself: a server of grpc-js copies each message twice, into memory that is new each time.
 */
export class CollectiveServer {
  readonly security: Security;
  /** The whole serves as long as this listens, the exchange once a generation's peers may pull. */
  readonly health = new Health([COLLECTIVE_SERVICE]);
  readonly #server: Http2Server;
  /** What is listened with: the server itself, or TLS in front of it. */
  readonly #listener: Server;
  /** Connections, and who is at their other end: a socket that broke no longer knows. */
  readonly #sessions = new Map<Http2Session, string>();
  readonly #gate: PullGate<PullAdmission>;
  readonly #guard: CallGuard;
  readonly #refusals: RefusalLog;
  #port = 0;
  #waitingPulls = 0;
  readonly #offered = new OfferedStates();

  private constructor(options: CollectiveServerOptions) {
    this.#gate = new PullGate(options.pullAdmissionTimeoutMs);
    this.security = options.security ?? LOOPBACK_ONLY;
    this.#guard = new CallGuard(this.security);
    this.#refusals = new RefusalLog(options.onRefusal ?? (() => undefined));
    // Node refuses streams on a connection that has more than so much queued; what is queued is ours to bound.
    this.#server = createServer({
      maxSessionMemory: Number.MAX_SAFE_INTEGER,
      settings: { maxConcurrentStreams: MAX_STREAMS_A_CONNECTION },
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
    const { tls } = this.security;
    const accept = (socket: Socket) => this.#server.emit('connection', socket);
    this.#listener = tls === undefined ? this.#server : createTlsListener(tls, this.#refusals, accept);
    this.#server.on('session', (session) => {
      this.#sessions.set(session, peerOf(session.socket));
      session.once('close', () => this.#sessions.delete(session));
      // Its streams hear of it too.
      session.on('error', () => undefined);
      keepAlive(session);
    });
    this.#server.on('stream', (stream, headers) => void this.#serve(stream, headers));
  }

  /** Rejects with a RunError (`TANDEM_CANNOT_LISTEN`) where the address is taken or is not of this machine. */
  static async listen(options: CollectiveServerOptions): Promise<CollectiveServer> {
    const server = new CollectiveServer(options);
    const { host, port } = options;
    await new Promise<void>((resolve, reject) => {
      server.#listener.once('error', (error) =>
        reject(
          new RunError({
            code: 'TANDEM_CANNOT_LISTEN',
            what: `cannot serve the gradient exchange at ${host}:${port} (${error.message})`,
            remedy: 'Choose another address or a free port.',
            cause: error,
          }),
        ),
      );
      server.#listener.listen(port, host.replace(/^\[(.*)\]$/, '$1'), resolve);
    });
    server.#port = (server.#listener.address() as AddressInfo).port;
    server.health.set('', 'SERVING');
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /** From now on this generation's peers may pull. */
  admit(admission: PullAdmission): void {
    this.#gate.admit(admission);
    this.health.set(COLLECTIVE_SERVICE, 'SERVING');
  }

  /** The state may be fetched until the function that this gives is called. */
  offer(offered: OfferedState): () => void {
    return this.#offered.add(offered);
  }

  /** Open streams break at their readers; end them before where that matters. */
  close(): Promise<void> {
    this.health.close();
    this.#gate.close();
    return new Promise((resolve) => {
      this.#listener.close(() => resolve());
      for (const session of this.#sessions.keys()) session.destroy();
    });
  }

  async #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const { Pull, FetchState } = loadTandemProtocol().collective;
    const path = headers[':path'];
    // Who has gone already needs no answer.
    const peer = stream.session && this.#sessions.get(stream.session);
    if (stream.destroyed || peer === undefined) return;
    const refusal = this.#guard.refusal(factsOf(stream, headers));
    if (refusal !== undefined) {
      this.#refusals.add(peer, `${Status[refusal.code]}: ${refusal.details}`);
      return new ReplyStream(stream, () => []).refuse(refusal.code, refusal.details);
    }
    if (path === Pull.path) {
      const pull: PullStream = new ReplyStream(stream, ({ data, ...head }) => [encodeHead(head, data.length), data]);
      await this.#answer(peer, pull, async () => this.#pull(await readMessage(stream, Pull), pull));
    } else if (path === FetchState.path) {
      const reply = new ReplyStream(stream, (chunk: StateChunkInput) =>
        frameMessage(FetchState.responseSerialize(chunk)),
      );
      await this.#answer(peer, reply, async () => this.#fetchState(await readMessage(stream, FetchState), reply));
    } else {
      const asked = Object.values(healthMethods).find((method) => method.path === path);
      if (asked !== undefined) return this.#answerHealth(peer, stream, asked);
      new ReplyStream(stream, () => []).refuse(Status.UNIMPLEMENTED, `there is no method ${path}`);
    }
  }

  async #pull(request: PullRequest, stream: PullStream): Promise<void> {
    const fault = pullRequestFault(request);
    if (fault !== undefined) throw new PullRefusal(Status.INVALID_ARGUMENT, fault);
    if (this.#waitingPulls >= MAX_WAITING_PULLS)
      throw new PullRefusal(Status.RESOURCE_EXHAUSTED, `${MAX_WAITING_PULLS} pulls wait already`);
    this.#waitingPulls++;
    const admission = await this.#gate.enter(request).finally(() => this.#waitingPulls--);
    if (stream.cancelled) return;
    const reason = admission.open(request.rank, stream, request.memory);
    if (reason !== undefined) throw new PullRefusal(Status.FAILED_PRECONDITION, reason);
    stream.accept();
  }

  async #fetchState(request: StateRequest, reply: ReplyStream<StateChunkInput>): Promise<void> {
    const fault = stateRequestFault(request);
    if (fault !== undefined) throw new PullRefusal(Status.INVALID_ARGUMENT, fault);
    const { runId, step } = request;
    const others = await this.#offered.send(runId, step, ({ state, onProgress }) =>
      sendState(reply, state, onProgress),
    );
    if (others === undefined) return;
    const details = `the state after step ${step} of run ${runId} was asked for; this worker offers ${others}`;
    reply.refuse(Status.NOT_FOUND, details);
  }

  async #answerHealth(peer: string, stream: ServerHttp2Stream, method: HealthMethod): Promise<void> {
    const { check, list } = healthMethods;
    const reply = new ReplyStream(stream, (message: object) => frameMessage(method.responseSerialize(message)));
    await this.#answer(peer, reply, async () => {
      const { service: name = '' } = await readMessage(stream, method);
      if (method === list) return void reply.end({ statuses: this.health.statuses });
      if (method === check) {
        const status = this.health.status(name);
        if (status === undefined) throw new PullRefusal(Status.NOT_FOUND, 'there is no service of that name here');
        return void reply.end({ status });
      }
      const stop = this.health.watch(
        name,
        (status) => reply.write({ status }),
        () => reply.end(),
      );
      if (stop === undefined) throw new PullRefusal(Status.RESOURCE_EXHAUSTED, `${MAX_HEALTH_WATCHERS} watch already`);
      for (const event of ['cancelled', 'close']) reply.once(event, stop);
    });
  }

  /** Whatever goes wrong is the caller's to know, and once in a while the log's. */
  async #answer(peer: string, reply: ReplyStream<never>, serve: () => Promise<void>): Promise<void> {
    try {
      await serve();
    } catch (error) {
      // Who has gone needs no answer.
      if (reply.cancelled) return;
      const { code, details } =
        error instanceof PullRefusal ? error : { code: Status.INVALID_ARGUMENT, details: (error as Error).message };
      this.#refusals.add(peer, `${Status[code]}: ${details}`);
      reply.refuse(code, details);
    }
  }
}

/** A call's request. Rejects with a PullRefusal for what is none. */
async function readMessage<Request>(
  stream: ServerHttp2Stream,
  method: { readonly path: string; readonly requestDeserialize: (bytes: Buffer) => Request },
): Promise<Request> {
  const bytes = await readRequest(stream);
  try {
    return method.requestDeserialize(bytes);
  } catch {
    throw new PullRefusal(Status.INVALID_ARGUMENT, `what was sent is no request of ${method.path}`);
  }
}
