import type { MessagePort } from 'node:worker_threads';
import type { BucketRange, ExchangeOrder } from '@tandem/collective';
import type { SerializedError } from '@tandem/core';
import type { LogEntry, RecordedSteps } from '@tandem/observability';
import type { ExchangeMemory } from './shared-memory/exchange-memory.js';
import type { Begin, Booked, EndOfRun, Generation, Member, WorkerMessageInput } from './messages.js';
import type { Security } from './security/security.js';
import type { StoredState } from './stored-state.js';

// What the training thread and the communication thread say to each other.

export interface ThreadData {
  readonly control: SharedArrayBuffer;
  readonly notices: MessagePort;
  readonly coordinator: string;
  readonly name: string;
  readonly device: string;
  readonly version: string;
  readonly listenHost: string;
  readonly advertiseHost: string;
  readonly joinTimeoutMs: number;
  readonly security: Security;
  /** HOST:PORT; undefined: nobody watches. */
  readonly metricsListen: string | undefined;
}

export interface Joined {
  readonly runId: string;
  readonly heartbeatMs: number;
  readonly configJson: string;
  /** Where a timeline is wanted: of which steps, and the ring that the training thread's spans go into. */
  readonly timeline: { readonly steps: RecordedSteps; readonly ring: SharedArrayBuffer } | undefined;
}

export interface OpenExchange {
  readonly exchange: number;
  readonly runId: string;
  readonly generation: Generation;
  readonly rank: number;
  readonly order: ExchangeOrder;
  readonly microBatches: number;
  readonly buckets: readonly BucketRange[];
  readonly chunkBytes: number;
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly connectTimeoutName: string;
  readonly state: SharedArrayBuffer;
  readonly memory: ExchangeMemory;
}

/** What came of it. */
export interface OpenedExchange {
  /** Ranks that read this one's memory: what they are sent goes through it. */
  readonly lentTo: readonly number[];
}

export interface OfferSnapshot {
  readonly step: number;
  readonly epoch: number;
  readonly state: StoredState;
  readonly ifBest: boolean;
}

/** A state that peers of the generation may fetch. */
export interface OfferState {
  readonly generation: number;
  readonly step: number;
  readonly state: StoredState;
}

export interface FetchCheckpoint {
  readonly step: number;
  readonly into: SharedArrayBuffer;
}

export interface FetchPeerState extends FetchCheckpoint {
  readonly generation: number;
  readonly from: Member;
}

/** Where the communication thread is reached. */
export interface Listens {
  /** Of peers. */
  readonly port: number;
  readonly metricsUrl: string | undefined;
}

/** Calls that the communication thread answers: argument and result of each. */
export interface ThreadCalls {
  listen: { argument: undefined; result: Listens };
  join: { argument: undefined; result: Joined };
  openExchange: { argument: OpenExchange; result: OpenedExchange };
  closeExchange: { argument: number; result: undefined };
  fetchCheckpoint: { argument: FetchCheckpoint; result: undefined };
  offerSnapshot: { argument: OfferSnapshot; result: undefined };
  fetchPeerState: { argument: FetchPeerState; result: undefined };
  close: { argument: undefined; result: undefined };
}

export type ThreadMethod = keyof ThreadCalls;

export type ThreadCall = {
  [M in ThreadMethod]: {
    readonly kind: 'call';
    readonly id: number;
    readonly method: M;
    readonly argument: ThreadCalls[M]['argument'];
  };
}[ThreadMethod];

export type ToThread =
  | ThreadCall
  | { readonly kind: 'abort'; readonly id: number }
  | { readonly kind: 'send'; readonly message: WorkerMessageInput }
  /** A line for the cluster's log. */
  | { readonly kind: 'log'; readonly entry: LogEntry }
  | { readonly kind: 'offerState'; readonly offer: OfferState }
  | { readonly kind: 'withdrawState' }
  /** The next number in the timeline's ring stands for this. */
  | { readonly kind: 'timelineName'; readonly name: string }
  | { readonly kind: 'contribute'; readonly exchange: number; readonly step: number; readonly bucket: number };

export type FromThread =
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'rejection'; readonly id: number; readonly error: SerializedError }
  | { readonly kind: 'progress'; readonly id: number; readonly bytes: number; readonly totalBytes: number }
  | { readonly kind: 'generation'; readonly generation: Generation }
  /** A caller was refused. */
  | { readonly kind: 'refusal'; readonly text: string }
  | { readonly kind: 'begin'; readonly begin: Begin }
  | { readonly kind: 'booked'; readonly booked: Booked }
  /** The coordinator went away, or is back. */
  | { readonly kind: 'away'; readonly how: string }
  | { readonly kind: 'back' }
  /** There is something on the notices' port. */
  | { readonly kind: 'notice' };

/** What a blocked training thread must be able to find out: these come on a port of their own, which it can poll. */
export type Notice =
  | { readonly kind: 'stop'; readonly reason: string }
  | { readonly kind: 'end'; readonly end: EndOfRun }
  | { readonly kind: 'lost'; readonly error: SerializedError }
  | { readonly kind: 'exchangeFailed'; readonly exchange: number; readonly error: SerializedError };
