import type { SerializedError } from '@tandem/core';
import type { AugmentationPlan } from '../augmentation/plan.js';
import type { Filled } from './fill-rows.js';
import type { UnreadableRule } from './read-sample.js';

/** What a batch thread prepares for one stream. */
export interface StreamSetup {
  readonly plan: AugmentationPlan;
  readonly mean: readonly number[];
  readonly seed: number;
  readonly unreadable: UnreadableRule;
  readonly slots: readonly SlotMemory[];
}

/** Memory that is filled in the thread and read outside; one batch at a time. */
export interface SlotMemory {
  /** float32, samples × crops × inputSize × inputSize × channels. */
  readonly images: SharedArrayBuffer;
  /** int32, one a sample. */
  readonly labels: SharedArrayBuffer;
}

export type ThreadRequest =
  | { readonly type: 'begin'; readonly setup: StreamSetup }
  | FillRequest
  /** The stream is over: what has not been filled is not wanted. */
  | { readonly type: 'end' }
  | { readonly type: 'close' };

/** Fill the first rows of `slot` with these samples. */
export interface FillRequest {
  readonly type: 'fill';
  readonly slot: number;
  readonly epoch: number;
  readonly indices: Uint32Array;
}

/** And when that was, in monotonicUs(). */
export interface TimedFilled extends Filled {
  readonly startUs: number;
  readonly endUs: number;
}

/** What was found where the source was opened. */
export interface OpenedSource {
  readonly samples: number;
  readonly channels: number;
}

export type ThreadReply =
  | ({ readonly type: 'opened' } & OpenedSource)
  | { readonly type: 'refused'; readonly error: SerializedError }
  | { readonly type: 'filled'; readonly slot: number; readonly filled: TimedFilled }
  | { readonly type: 'failed'; readonly slot: number; readonly error: SerializedError }
  /** Nothing of the stream's memory is written to any more. */
  | { readonly type: 'ended' };
