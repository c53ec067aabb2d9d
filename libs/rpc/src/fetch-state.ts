import { createHash } from 'node:crypto';
import { status as Status } from '@grpc/grpc-js';
import { RunError } from '@tandem/core';
import { describeStatus, isServiceError } from './errors.js';
import type { StateChunk } from './messages.js';

/** No network's state is larger: what a sender may make its receiver allocate. */
export const MAX_STATE_BYTES = 64 * 1024 ** 3;

/** A state transfer that brings nothing for so long fails. */
export const STATE_STALL_TIMEOUT_MS = 30_000;

/** What a transfer tells, later than `open` returns; one of onError and onEnd is last. */
export interface StateListeners {
  /** Its data are read before this returns. Throws a RunError for what cannot be part of the state. */
  readonly onChunk: (chunk: StateChunk) => void;
  readonly onError: (error: Error) => void;
  readonly onEnd: () => void;
}

export interface StateTransfer {
  /** Nothing is heard of it any more. */
  cancel(): void;
}

export interface FetchStateOptions {
  /** Starts the call: FetchState of a worker or FetchCheckpoint of the coordinator. */
  readonly open: (listeners: StateListeners) => StateTransfer;
  /** Who sends, for error messages: "rank 0 (w0) at 10.0.0.1:40001". */
  readonly from: string;
  /** The worker's name, where it is one: errors have it in their context. */
  readonly peer?: string;
  /** Where the state goes: one of another size is refused. Default: a new SharedArrayBuffer. */
  readonly into?: Uint8Array | undefined;
  readonly onProgress?: (bytes: number, totalBytes: number) => void;
  /** Default: STATE_STALL_TIMEOUT_MS. */
  readonly stallTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * A whole state, its gaps, size and SHA-256 checked.
 *
 * Rejects with a RunError: `TANDEM_STATE_CORRUPT` (gap, wrong size or digest), `TANDEM_STATE_STALLED` (nothing came for
 * stallTimeoutMs), `TANDEM_STATE_UNAVAILABLE` (the sender refused or went away); or with the signal's reason.
 */
export async function fetchState(options: FetchStateOptions): Promise<Uint8Array> {
  const { from, peer, signal, stallTimeoutMs = STATE_STALL_TIMEOUT_MS } = options;
  const sender: Sender = { from, ...(peer !== undefined && { peer }) };
  const { into } = options;
  const hash = createHash('sha256');
  let state: Uint8Array | undefined;
  let received = 0;
  let digest = '';
  const take = ({ offset, totalBytes, data, sha256 }: StateChunk) => {
    if (state === undefined && !(totalBytes <= MAX_STATE_BYTES))
      throw corrupt(sender, `it is to have ${totalBytes} bytes`);
    if (state === undefined && into !== undefined && into.length !== totalBytes)
      throw corrupt(sender, `it is to have ${totalBytes} bytes, ${into.length} are expected`);
    state ??= into ?? new Uint8Array(new SharedArrayBuffer(totalBytes));
    if (totalBytes !== state.length)
      throw corrupt(sender, `the size changed from ${state.length} to ${totalBytes} bytes`);
    if (offset !== received) throw corrupt(sender, `a piece starts at byte ${offset} where ${received} was next`);
    if (data.length === 0 && totalBytes > 0) throw corrupt(sender, `an empty piece came at byte ${received}`);
    if (offset + data.length > totalBytes) throw corrupt(sender, `more than the ${totalBytes} bytes announced came`);
    state.set(data, offset);
    hash.update(data);
    received += data.length;
    digest = sha256;
    options.onProgress?.(received, totalBytes);
  };

  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const call = options.open({
      onChunk: (chunk) => {
        stall.refresh();
        try {
          take(chunk);
        } catch (error) {
          end(error as Error);
        }
      },
      onError: (error) => end(isServiceError(error) ? unavailable(sender, error) : error),
      onEnd: () => end(),
    });
    const end = (error?: Error) => {
      clearTimeout(stall);
      signal?.removeEventListener('abort', abort);
      call.cancel();
      if (error === undefined) resolve();
      else reject(error);
    };
    const stall = setTimeout(() => end(stalled(sender, received, stallTimeoutMs)), stallTimeoutMs);
    const abort = () => end(signal?.reason as Error);
    signal?.addEventListener('abort', abort, { once: true });
  });
  if (state === undefined) throw corrupt(sender, 'nothing came');
  if (received !== state.length) throw corrupt(sender, `it ended at byte ${received} of ${state.length}`);
  const actual = hash.digest('hex');
  if (actual !== digest) throw corrupt(sender, `its SHA-256 is ${actual} where ${digest || 'none'} was announced`);
  return state;
}

interface Sender {
  readonly from: string;
  readonly peer?: string;
}

function corrupt(sender: Sender, how: string): RunError {
  return new RunError({
    code: 'TANDEM_STATE_CORRUPT',
    what: `the state from ${sender.from} came broken: ${how}`,
    remedy: 'Try again; if it happens again, look at that machine’s memory and network.',
    context: { ...sender },
  });
}

function stalled(sender: Sender, received: number, ms: number): RunError {
  return new RunError({
    code: 'TANDEM_STATE_STALLED',
    what: `the state from ${sender.from} stopped at byte ${received}: nothing came for ${ms} ms`,
    context: { ...sender, received, timeout: 'STATE_STALL_TIMEOUT_MS', ms },
  });
}

function unavailable(sender: Sender, cause: Error): RunError {
  const code = isServiceError(cause) ? Status[cause.code] : undefined;
  return new RunError({
    code: 'TANDEM_STATE_UNAVAILABLE',
    what: `${sender.from} did not send its state (${describeStatus(cause)})`,
    context: { ...sender, status: code },
    cause,
  });
}
