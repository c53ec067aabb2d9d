import type { RunConfig } from '@tandem/core';
import type { Batch } from '@tandem/dataset';
import type { PhaseClock, StepTimes } from '@tandem/observability';
import { GradientCollector } from './gradient-collector.js';
import type { GradientExchange, StepScalars } from './gradient-exchange.js';
import { learningRateAt } from './learning-rate.js';
import type { Replica } from './replica.js';

export interface BatchSource {
  /** The next step's local rows, in step order. */
  next(): Promise<Batch>;
}

export interface TrainStepOptions {
  readonly config: RunConfig;
  readonly replica: Replica;
  readonly batches: BatchSource;
  readonly exchange: GradientExchange;
  readonly clock: PhaseClock;
  /** The first of this rank's micro-batches. */
  readonly firstMicroBatch: number;
}

export interface StepResult {
  readonly step: number;
  readonly epoch: number;
  /** Mean over the global batch, before the update. */
  readonly loss: number;
  readonly learningRate: number;
  /** Of the global batch. */
  readonly samples: number;
  readonly times: StepTimes;
  readonly bytesSent: number;
  /** Some rank wants to stop after this step: all ranks see it in the same one. */
  readonly stop: boolean;
}

/** One optimizer step: next batch → gradients → exchange → update. */
export class TrainStep {
  readonly #options: TrainStepOptions;

  constructor(options: TrainStepOptions) {
    this.#options = options;
  }

  /** Commits one step, or throws and changes nothing. `stopVote`: this rank wants to stop after it. */
  async run(stopVote: () => boolean): Promise<StepResult> {
    const { batches, clock, config, exchange } = this.#options;
    clock.start();
    const batch = await clock.measure('data', () => batches.next());
    clock.measure('compute', () => {
      this.#computeGradients(batch, stopVote());
    });
    const { loss, stopVotes } = clock.measure('exchange', () => this.#completeExchange());
    const learningRate = learningRateAt(config.optimizer, batch.epoch);
    clock.measure('update', () => {
      this.#applyMeans(learningRate, batch.samples);
    });
    const { step, epoch, samples } = batch;
    const times = clock.finish();
    return { step, epoch, loss, learningRate, samples, times, bytesSent: exchange.bytesSent, stop: stopVotes > 0 };
  }

  /** Forward and backward; gradients leave for the exchange while the backward pass goes on. */
  #computeGradients(batch: Batch, stopVote: boolean): void {
    const { config, replica, exchange, firstMicroBatch } = this.#options;
    const { operations, network } = replica;
    const { step, samples: globalRows, firstRow, segments } = batch;
    const placement = { firstRow, globalRows, segments };
    exchange.begin(step);
    const collector = new GradientCollector({
      operations,
      network,
      exchange,
      firstMicroBatch,
      placement,
      stopVote,
    });
    const localRows = batch.labels.length;
    if (localRows === 0) {
      batch.release();
      collector.nothingToAdd();
      return;
    }
    const images = operations.fromFloat32(batch.images, [localRows, ...network.inputShape]);
    try {
      replica.withWeights((weights) => {
        const rows = { images, labels: batch.labels, placement, seed: config.training.seed, step };
        network.gradients(operations, weights, rows, collector);
      });
    } finally {
      images.dispose();
      batch.release();
      collector.abandon();
    }
  }

  #completeExchange(): StepScalars {
    const { exchange } = this.#options;
    try {
      return exchange.complete();
    } catch (error) {
      exchange.abandon();
      throw error;
    }
  }

  /** The commit: from here on nothing can fail for another rank's sake. */
  #applyMeans(learningRate: number, globalRows: number): void {
    const { replica, exchange } = this.#options;
    const { parameters } = replica.network;
    for (let parameter = parameters.length - 1; parameter >= 0; parameter--) {
      if (parameters[parameter]!.untrained === true) continue;
      const mean = exchange.mean(parameter);
      replica.optimizer.apply(parameter, mean, learningRate);
      mean.dispose();
    }
    replica.applyState((reduction) => exchange.reduced(reduction), globalRows);
  }
}
