import { Metadata, Server, ServerCredentials, status as Status } from '@grpc/grpc-js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { RunError } from '@tandem/core';
import { serverOptions } from './channel-options.js';
import type { PullRequest, StateChunk, StateRequest } from './messages.js';
import { loadTandemProtocol } from './protocol.js';
import { PullGate, PullRefusal } from './pull-gate.js';
import type { Admission } from './pull-gate.js';
import { sendState } from './send-state.js';

/** A peer's pull: what is written are encoded Chunks, so that their data is copied when it is sent and not later. */
export type PullStream = ServerWritableStream<PullRequest, Buffer>;

export interface PullAdmission extends Admission {
  /** Takes a peer's stream over, or gives the reason why not. */
  open(rank: number, stream: PullStream): string | undefined;
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

/** Serves tandem.v1.Collective: gradients to the peers of the present generation, state to whoever asks for it. */
export class CollectiveServer {
  readonly #server: Server;
  readonly #gate: PullGate<PullAdmission>;
  #port = 0;
  #offered: OfferedState | undefined;

  private constructor(options: CollectiveServerOptions) {
    this.#gate = new PullGate(options.pullAdmissionTimeoutMs);
    this.#server = new Server(serverOptions);
    const { collective } = loadTandemProtocol();
    const encoded = (bytes: Buffer) => bytes;
    this.#server.addService(
      { ...collective, Pull: { ...collective.Pull, responseSerialize: encoded } },
      {
        Pull: (call: PullStream) => void this.#pull(call),
        FetchState: (call: ServerWritableStream<StateRequest, StateChunk>) => void this.#fetchState(call),
      },
    );
  }

  /** Rejects with a RunError (`TANDEM_CANNOT_LISTEN`) where the address is taken or is not of this machine. */
  static async listen(options: CollectiveServerOptions): Promise<CollectiveServer> {
    const server = new CollectiveServer(options);
    const address = `${options.host}:${options.port}`;
    server.#port = await new Promise<number>((resolve, reject) => {
      server.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) return resolve(port);
        reject(
          new RunError({
            code: 'TANDEM_CANNOT_LISTEN',
            what: `cannot serve the gradient exchange at ${address} (${error.message})`,
            remedy: 'Choose another address or a free port.',
            cause: error,
          }),
        );
      });
    });
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /** From now on this generation's peers may pull. */
  admit(admission: PullAdmission): void {
    this.#gate.admit(admission);
  }

  /** The one state that may be fetched; undefined: none. */
  offer(state: OfferedState | undefined): void {
    this.#offered = state;
  }

  /** Open streams fail with CANCELLED at their readers; end them before where that matters. */
  close(): Promise<void> {
    this.#gate.close();
    return new Promise((resolve) => {
      this.#server.tryShutdown(() => resolve());
      this.#server.forceShutdown();
    });
  }

  async #pull(call: PullStream): Promise<void> {
    try {
      const admission = await this.#gate.enter(call.request);
      if (call.cancelled) return;
      const reason = admission.open(call.request.rank, call);
      if (reason !== undefined) throw new PullRefusal(Status.FAILED_PRECONDITION, reason);
      // The headers tell the peer that it is in, long before there is a gradient to send.
      call.sendMetadata(new Metadata());
    } catch (error) {
      refuse(call, error as Error);
    }
  }

  async #fetchState(call: ServerWritableStream<StateRequest, StateChunk>): Promise<void> {
    const offered = this.#offered;
    const { runId, step } = call.request;
    if (offered === undefined || offered.runId !== runId || offered.step !== step) {
      const has = offered === undefined ? 'none' : `that after step ${offered.step} of run ${offered.runId}`;
      const details = `the state after step ${step} of run ${runId} was asked for; this worker offers ${has}`;
      refuse(call, Object.assign(new Error(details), { code: Status.NOT_FOUND, details }));
      return;
    }
    try {
      await sendState(call, offered.state, offered.onProgress);
    } catch (error) {
      refuse(call, error as Error);
    }
  }
}

/** Ends a call with the error's status. Not `destroy`: grpc-js sends the status when the stream ends, and that never ends then. */
function refuse(call: Pick<PullStream, 'emit'>, error: Error): void {
  call.emit('error', error);
}
