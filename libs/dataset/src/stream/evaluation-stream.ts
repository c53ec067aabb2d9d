import type { Range, RunConfig } from '@tandem/core';
import { type AugmentationPlan, type EvaluationCrops, withoutAugmentation } from '../augmentation/plan.js';
import { evaluationPieceRange } from '../sampling/evaluation-pieces.js';
import type { SourceSpec } from '../sources/image-source.js';
import type { DataThreads } from './data-threads.js';
import { type Job, PreparedStream } from './prepared-stream.js';
import type { UnreadableImage } from './read-sample.js';

export interface EvaluationStreamOptions {
  readonly source: SourceSpec;
  /** Samples in the evaluation set. */
  readonly samples: number;
  /** Its resize and input size are used, and nothing random. */
  readonly plan: AugmentationPlan;
  readonly mean: readonly number[];
  /** This rank's pieces. */
  readonly pieces: Range;
  /** Samples a piece, `evaluationPieceSize`. */
  readonly pieceSize: number;
  /** What becomes of images that cannot be decoded; `skip`: they are left out of their pieces. Default: `fail`. */
  readonly onError?: RunConfig['data']['onError'];
  /** Hears of every image that could not be decoded. */
  readonly onUnreadable?: (image: UnreadableImage) => void;
  /** Default: 1, the centre. */
  readonly crops?: EvaluationCrops;
  /** Pieces prepared ahead. Default: 2. */
  readonly prefetch?: number;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Where the thread comes from and goes to. Default: one of the stream's own. */
  readonly threads?: DataThreads;
}

/** Consecutive samples of the evaluation set. Its arrays are shared memory: they are not to be used after `release`. */
export interface EvaluationPiece {
  readonly index: number;
  /** Fewer than the piece has, down to none, where unreadable images are left out. */
  readonly samples: number;
  readonly firstSample: number;
  /** Rows of `images` that a sample has, one after another. */
  readonly crops: EvaluationCrops;
  /** samples × crops × inputSize × inputSize × channels, (value − mean) · scale. */
  readonly images: Float32Array;
  readonly labels: Int32Array;
  /** As of a Batch. */
  release(): void;
}

type About = Pick<EvaluationPiece, 'index' | 'firstSample' | 'crops'>;

/** One rank's pieces of the evaluation set, in order: a piece is the same whoever is dealt it. */
export class EvaluationStream {
  readonly #stream: PreparedStream<About>;

  private constructor(stream: PreparedStream<About>) {
    this.#stream = stream;
  }

  static async open(options: EvaluationStreamOptions): Promise<EvaluationStream> {
    const { source, samples, plan, mean, pieces, pieceSize, crops, prefetch = 2, timeoutMs, signal, threads } = options;
    const { onError, onUnreadable } = options;
    const stream = await PreparedStream.open({
      source,
      samples,
      plan: withoutAugmentation(plan, crops),
      mean,
      seed: 0,
      rows: pieces.end > pieces.start ? Math.min(pieceSize, samples) : 0,
      jobs: jobs(options),
      prefetch,
      unreadable: onError === 'skip' ? 'leave-out' : 'fail',
      onUnreadable,
      timeoutMs,
      signal,
      threads,
    });
    return new EvaluationStream(stream);
  }

  /** The next piece; undefined after the last. */
  async next(): Promise<EvaluationPiece | undefined> {
    const prepared = await this.#stream.next();
    if (prepared === undefined) return undefined;
    const { about, images, labels, release } = prepared;
    return { ...about, samples: labels.length, images, labels, release };
  }

  /** Ends the thread, or gives it back. Idempotent. */
  close(): Promise<void> {
    return this.#stream.close();
  }
}

function* jobs({ samples, pieceSize, pieces, crops = 1 }: EvaluationStreamOptions): Generator<Job<About>> {
  for (let index = pieces.start; index < pieces.end; index++) {
    const { start, end } = evaluationPieceRange(samples, pieceSize, index);
    const indices = Uint32Array.from({ length: end - start }, (_, row) => start + row);
    yield { epoch: 0, indices, about: { index, firstSample: start, crops } };
  }
}
