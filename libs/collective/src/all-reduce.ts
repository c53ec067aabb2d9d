import type { BucketRange } from './bucket-plan.js';
import type { ExchangeOrder } from './local-partials.js';
import type { Transport } from './transport.js';

/**
 * Views of the whole flat gradient space, in shared memory between the training and the exchange. They are used again in
 * every step. The training may write to a bucket's partials from the moment it is reduced until it contributes it again;
 * contributing it also says that its last mean has been used and may be overwritten.
 */
export interface ExchangeBuffers {
  /** One for each of localPartials(), in its order. Never written to by the exchange. */
  readonly partials: readonly Float32Array[];
  /** Of a gathered bucket: the training writes its own micro-batches' parts here, the exchange those of the others. */
  readonly mean: Float32Array;
}

export interface AllReduceOptions {
  readonly transport: Transport;
  readonly order: ExchangeOrder;
  readonly microBatches: number;
  readonly buckets: readonly BucketRange[];
  readonly buffers: ExchangeBuffers;
  /** At most so much of a bucket travels in one frame; the same on every rank. */
  readonly chunkBytes: number;
  /** Without any progress for so long, a step in flight fails with an error that says whom it waits for. 0: never (the default). */
  readonly timeoutMs?: number;
}

/**
 * Adds up every rank's partial sums, bucket by bucket, or gathers their parts where a bucket has some. At least one bucket is summed. It belongs to one generation, like its transport: after a failure
 * it is of no more use. Gradients come weighted (divided by the samples of the global batch), so that their sum is the mean.
 */
export interface AllReduce {
  /**
   * This rank's partials of the bucket are in the buffers. Each bucket once a step, in any order; the next step when all
   * buckets of this one are reduced. Does nothing after a failure or `close`.
   */
  contribute(step: number, bucket: number): void;

  /** The bucket's mean is in `buffers.mean` and nothing reads its partials any more. Never called from within `contribute`. */
  onReduced(listener: (step: number, bucket: number) => void): void;

  /** Called once, with a RunError that names the peer at fault; nothing is written to the buffers from then on. */
  onFailure(listener: (error: Error) => void): void;

  /** Payload sent in this step so far; complete once its last bucket is reduced. Known for the newest two steps, else 0. */
  bytesSent(step: number): number;

  /** Afterwards nothing is written to the buffers and no listener is called. The transport is the caller's to close. */
  close(): void;
}
