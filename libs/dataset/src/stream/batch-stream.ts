import { invariant, type Range, type RunConfig } from '@tandem/core';
import type { AugmentationPlan } from '../augmentation/plan.js';
import {
  BatchSchedule,
  type LocalRows,
  localRows,
  type ScheduleOptions,
  type StepLocation,
} from '../sampling/batch-schedule.js';
import type { SourceSpec } from '../sources/image-source.js';
import type { DataThreads } from './data-threads.js';
import { type Job, PreparedStream } from './prepared-stream.js';
import type { UnreadableImage } from './read-sample.js';

export interface BatchStreamOptions {
  readonly source: SourceSpec;
  readonly plan: AugmentationPlan;
  /** Subtracted from every pixel, one a channel, in 0…255. */
  readonly mean: readonly number[];
  readonly schedule: ScheduleOptions;
  /** This rank's micro-batches, as `dealMicroBatches` deals them. */
  readonly deal: Range;
  /** The first step, counted from 1. */
  readonly startStep: number;
  /** The last step, included. */
  readonly endStep: number;
  /** What becomes of images that cannot be decoded; `skip`: others take their places. Default: `fail`. */
  readonly onError?: RunConfig['data']['onError'];
  /** Hears of every image that could not be decoded, as often as it is met. */
  readonly onUnreadable?: (image: UnreadableImage) => void;
  /** Batches prepared ahead of the one that is held. */
  readonly prefetch: number;
  /** How long opening the data set or preparing one batch may take. Default: 300,000. */
  readonly timeoutMs?: number;
  /** Aborting ends the thread; next() rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Where the thread comes from and goes to. Default: one of the stream's own. */
  readonly threads?: DataThreads;
}

/** One rank's share of a global batch. Its arrays are shared memory: they are not to be used after `release`. */
export interface Batch {
  readonly step: number;
  readonly epoch: number;
  /** Samples of the whole global batch, over all ranks. */
  readonly samples: number;
  /** Sizes of this rank's micro-batches in order, empty ones included. */
  readonly segments: readonly number[];
  /** The first of this rank's rows in the global batch. */
  readonly firstRow: number;
  /** rows × inputSize × inputSize × channels, (value − mean) · scale. */
  readonly images: Float32Array;
  readonly labels: Int32Array;
  /** The samples' indices in the data set; of a replaced one, the index of what is in its place. */
  readonly indices: Uint32Array;
  /** When the data thread prepared it, in monotonicUs(); both 0 where there was nothing to prepare. */
  readonly preparedUs?: readonly [start: number, end: number];
  /**
   * Gives the memory back to be filled again; once is enough. A tensor made from `images` without a copy (tfjs-node's are)
   * must be disposed first.
   */
  release(): void;
}

type About = Omit<Batch, 'images' | 'labels' | 'indices' | 'preparedUs' | 'release'>;

/**
 * The training batches of one rank, in step order, decoded and augmented in a thread ahead of their use. Which samples and
 * which draws is a function of (seed, step) alone: `deal` only says which rows of the global batch are wanted.
 */
export class BatchStream {
  readonly #stream: PreparedStream<About>;

  private constructor(stream: PreparedStream<About>) {
    this.#stream = stream;
  }

  /** Throws the error of opening the source, or a ConfigurationError (`TANDEM_DATA_MEAN`) if the means do not fit it. */
  static async open(options: BatchStreamOptions): Promise<BatchStream> {
    const { source, plan, mean, schedule, deal, prefetch, onError, onUnreadable, timeoutMs, signal, threads } = options;
    const { samples, globalBatch, microBatches, seed } = schedule;
    const largest = new BatchSchedule({ ...schedule, samples: Math.min(samples, globalBatch) }).locate(1);
    invariant(
      deal.start >= 0 && deal.end <= microBatches,
      `micro-batches ${deal.start}…${deal.end} of ${microBatches} were dealt`,
    );
    const stream = await PreparedStream.open({
      source,
      samples,
      plan,
      mean,
      seed,
      rows: localRows(largest.sizes, deal).rows,
      jobs: jobs(options),
      prefetch,
      unreadable: onError === 'skip' ? 'replace' : 'fail',
      onUnreadable,
      timeoutMs,
      signal,
      threads,
    });
    return new BatchStream(stream);
  }

  /** Batches that are prepared and wait. */
  get ready(): number {
    return this.#stream.ready;
  }

  /** The next step's batch. Hold one at a time: with all memory held there is nothing to wait for, and it throws. */
  async next(): Promise<Batch> {
    const prepared = await this.#stream.next();
    invariant(prepared !== undefined, 'a batch was asked for after the last step');
    const { about, indices, images, labels, preparedUs, release } = prepared;
    return { ...about, indices, images, labels, preparedUs, release };
  }

  /** Ends the thread, or gives it back. Idempotent. */
  close(): Promise<void> {
    return this.#stream.close();
  }
}

function* jobs(options: BatchStreamOptions): Generator<Job<About>> {
  const schedule = new BatchSchedule(options.schedule);
  for (let step = options.startStep; step <= options.endStep; step++) {
    const location = schedule.locate(step);
    const local = localRows(location.sizes, options.deal);
    yield { epoch: location.epoch, ...describe(location, local) };
  }
}

function describe(location: StepLocation, local: LocalRows): { readonly indices: Uint32Array; readonly about: About } {
  const { step, epoch, samples } = location;
  const { segments, firstRow, rows } = local;
  const indices = location.indices.slice(firstRow, firstRow + rows);
  return { indices, about: { step, epoch, samples, segments, firstRow } };
}
