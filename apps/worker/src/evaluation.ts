import type { Range, RunConfig } from '@tandem/core';
import { evaluationPieceCount, evaluationPieceSize, EvaluationStream, type ImageSource } from '@tandem/dataset';
import type { GenerationMessage } from '@tandem/rpc';
import { evaluate, type PieceErrors } from '@tandem/training';
import { dealEvaluation } from './deal-evaluation.js';
import type { Lasting } from './lasting.js';
import type { PreparedWorker } from './prepare-worker.js';

export interface EvaluationOptions {
  readonly worker: PreparedWorker;
  readonly lasting: Lasting;
  readonly source: ImageSource;
  readonly config: RunConfig;
  readonly generation: GenerationMessage;
  readonly microBatches: number;
}

/** The evaluation set in pieces, of which each rank of the generation is dealt some. */
export class Evaluation {
  readonly totalPieces: number;
  readonly #options: EvaluationOptions;
  readonly #pieceSize: number;
  readonly #dealt: Range;

  constructor(options: EvaluationOptions) {
    const { source, config, generation, microBatches } = options;
    const { members, rank } = generation;
    this.#options = options;
    this.#pieceSize = evaluationPieceSize(config.evaluation);
    this.totalPieces = evaluationPieceCount(source.length, this.#pieceSize);
    this.#dealt = dealEvaluation(this.totalPieces, { microBatches, worldSize: members.length, rank });
  }

  get samples(): number {
    return this.#options.source.length;
  }

  /** The errors of the pieces that this rank is dealt. Rejects with `TANDEM_GENERATION_OVER` as soon as there is a newer one. */
  dealt(): Promise<readonly PieceErrors[]> {
    return this.#errorsOf(this.#dealt);
  }

  /** Of all the other pieces; fewer, where they are booked before all are done. Rejects likewise. */
  async others(): Promise<readonly PieceErrors[]> {
    const { worker, lasting } = this.#options;
    const isBooked = () => worker.communication.generations.isEvaluationBooked(lasting.progress.step);
    const before = await this.#errorsOf({ start: 0, end: this.#dealt.start }, isBooked);
    return [...before, ...(await this.#errorsOf({ start: this.#dealt.end, end: this.totalPieces }, isBooked))];
  }

  async #errorsOf(pieces: Range, isEnough = () => false): Promise<readonly PieceErrors[]> {
    if (pieces.start === pieces.end) return [];
    const { worker, lasting, source, config, generation } = this.#options;
    const { communication, dataset, replica, faultPoint } = worker;
    const { progress, unreadable, threads } = lasting;
    communication.setPhase(progress.step, 'evaluation');
    const stream = await EvaluationStream.open({
      ...{ source, samples: source.length, pieces, pieceSize: this.#pieceSize, threads },
      ...{ plan: dataset.plan, mean: dataset.mean, crops: config.evaluation.crops, onError: config.data.onError },
      onUnreadable: (image) => unreadable.addEvaluation(image),
    });
    const next = () => {
      communication.generations.checkPresent(generation.number);
      faultPoint('evaluation', progress.step);
      return isEnough() ? Promise.resolve(undefined) : stream.next();
    };
    try {
      return await evaluate(replica, { next });
    } finally {
      await stream.close();
    }
  }
}
