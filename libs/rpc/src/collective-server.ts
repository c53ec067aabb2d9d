import { createServer } from 'node:http2';
import type { Http2Server, IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { status as Status } from '@grpc/grpc-js';
import { RunError } from '@tandem/core';
import { encodeHead } from './chunk-codec.js';
import type { ChunkHead } from './chunk-codec.js';
import { keepAlive } from './keep-alive.js';
import type { LentMemory, PullRequest, StateChunkInput, StateRequest } from './messages.js';
import { frameMessage, readRequest } from './message-framing.js';
import { loadTandemProtocol } from './protocol.js';
import { PullGate, PullRefusal } from './pull-gate.js';
import type { Admission } from './pull-gate.js';
import { ReplyStream } from './reply-stream.js';
import { sendState } from './send-state.js';

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

/** A state that peers and the coordinator may fetch. */
export interface OfferedState {
  readonly runId: string;
  readonly step: number;
  /** Must not change while it is offered. */
  readonly state: Uint8Array;
  readonly onProgress?: (bytes: number) => void;
}

export interface CollectiveServerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Default: PULL_ADMISSION_TIMEOUT_MS. */
  readonly pullAdmissionTimeoutMs?: number;
}

/**
 * Serves tandem.v1.Collective: gradients to the peers of the present generation, state to whoever asks for it. gRPC as every
 * client speaks it, on Node's HTTP/2 itself: a server of grpc-js copies each message twice, into memory that is new each time.
 */
export class CollectiveServer {
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #gate: PullGate<PullAdmission>;
  #port = 0;
  readonly #offered = new Set<OfferedState>();

  private constructor(options: CollectiveServerOptions) {
    this.#gate = new PullGate(options.pullAdmissionTimeoutMs);
    // Node refuses streams on a connection that has more than so much queued; what is queued is ours to bound.
    this.#server = createServer({ maxSessionMemory: Number.MAX_SAFE_INTEGER });
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
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
      server.#server.once('error', (error) =>
        reject(
          new RunError({
            code: 'TANDEM_CANNOT_LISTEN',
            what: `cannot serve the gradient exchange at ${host}:${port} (${error.message})`,
            remedy: 'Choose another address or a free port.',
            cause: error,
          }),
        ),
      );
      server.#server.listen(port, host.replace(/^\[(.*)\]$/, '$1'), resolve);
    });
    server.#port = (server.#server.address() as AddressInfo).port;
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /** From now on this generation's peers may pull. */
  admit(admission: PullAdmission): void {
    this.#gate.admit(admission);
  }

  /** The state may be fetched until the function that this gives is called. */
  offer(state: OfferedState): () => void {
    this.#offered.add(state);
    return () => this.#offered.delete(state);
  }

  /** Open streams break at their readers; end them before where that matters. */
  close(): Promise<void> {
    this.#gate.close();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const session of this.#sessions) session.destroy();
    });
  }

  async #serve(stream: ServerHttp2Stream, { ':path': path }: IncomingHttpHeaders): Promise<void> {
    const { Pull, FetchState } = loadTandemProtocol().collective;
    if (path === Pull.path) {
      const pull: PullStream = new ReplyStream(stream, ({ data, ...head }) => [encodeHead(head, data.length), data]);
      await answer(pull, async () => this.#pull(Pull.requestDeserialize(await readRequest(stream)), pull));
    } else if (path === FetchState.path) {
      const reply = new ReplyStream(stream, (chunk: StateChunkInput) =>
        frameMessage(FetchState.responseSerialize(chunk)),
      );
      await answer(reply, async () =>
        this.#fetchState(FetchState.requestDeserialize(await readRequest(stream)), reply),
      );
    } else new ReplyStream(stream, () => []).refuse(Status.UNIMPLEMENTED, `there is no method ${path}`);
  }

  async #pull(request: PullRequest, stream: PullStream): Promise<void> {
    const admission = await this.#gate.enter(request);
    if (stream.cancelled) return;
    const reason = admission.open(request.rank, stream, request.memory);
    if (reason !== undefined) throw new PullRefusal(Status.FAILED_PRECONDITION, reason);
    stream.accept();
  }

  async #fetchState({ runId, step }: StateRequest, reply: ReplyStream<StateChunkInput>): Promise<void> {
    const offers = [...this.#offered];
    const offered = offers.find((offer) => offer.runId === runId && offer.step === step);
    if (offered === undefined) {
      const has = offers.map((offer) => `that after step ${offer.step} of run ${offer.runId}`).join(', ') || 'none';
      const details = `the state after step ${step} of run ${runId} was asked for; this worker offers ${has}`;
      return reply.refuse(Status.NOT_FOUND, details);
    }
    await sendState(reply, offered.state, offered.onProgress);
  }
}

/** Whatever goes wrong is the caller's to know. */
async function answer(reply: ReplyStream<never>, serve: () => Promise<void>): Promise<void> {
  try {
    await serve();
  } catch (error) {
    const { code, details } = error instanceof PullRefusal ? error : { code: Status.INTERNAL, details: String(error) };
    reply.refuse(code, details);
  }
}
