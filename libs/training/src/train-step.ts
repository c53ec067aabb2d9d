import { dealMicroBatches, type Range, type RunConfig } from '@tandem/core';
import type { Batch } from '@tandem/dataset';
import type { GradientSink, Network } from '@tandem/model';
import type { PhaseClock, StepTimes } from '@tandem/observability';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { GradientCollector } from './gradient-collector.js';
import { type GradientWatch, sampledProduct } from './gradient-watch.js';
import type { GradientExchange, StepScalars } from './gradient-exchange.js';
import { learningRateAt } from './learning-rate/learning-rate.js';
import type { EvaluationHistory } from './learning-rate/plateau.js';
import { areAllFinite } from './numerics/all-finite.js';
import type { NonFiniteStep } from './numerics/non-finite-error.js';
import { NonFiniteOrigins } from './numerics/non-finite-origins.js';
import { StepMeans } from './numerics/step-means.js';
import { clipFactor } from './optimizer/clip-factor.js';
import { squareSum } from './optimizer/square-sum.js';
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
  readonly stepsPerEpoch: number;
  /** Of all epochs, also where the run is to stop earlier. */
  readonly totalSteps: number;
  /** Looks at the mean gradients of some steps. Default: nobody does. */
  readonly gradients?: GradientWatch | undefined;
  /** Evaluations before the first step that is run here. */
  readonly evaluations: EvaluationHistory;
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
  /** The loss or gradient was not finite, and nothing was changed: all ranks see it in the same step. */
  readonly nonFinite: NonFiniteStep | undefined;
}

/** One optimizer step: next batch → gradients → exchange → update. */
export class TrainStep {
  readonly #options: TrainStepOptions;
  /** Top-1 errors of each evaluation, over all ranks. */
  readonly #evaluationErrors: number[];
  /** This rank's share of the last evaluation, until the next step's exchange has added up all. */
  #ownErrors: number | undefined;
  /** Of the step that is being applied, where its gradients are looked at. */
  #watch: ((parameter: number, values: Float32Array) => void) | undefined;

  constructor(options: TrainStepOptions) {
    this.#options = options;
    this.#evaluationErrors = [...options.evaluations.errors];
  }

  /** Top-1 errors of each evaluation that the last step went by. */
  get evaluationErrors(): readonly number[] {
    return this.#evaluationErrors;
  }

  /** There has been an evaluation, in which this rank's pieces had so many top-1 errors. */
  evaluated(ownErrors: number): void {
    this.#ownErrors = ownErrors;
  }

  /** Commits one step, or throws and changes nothing. `stopVote`: this rank wants to stop after it. */
  async run(stopVote: () => boolean): Promise<StepResult> {
    const { batches, clock, config, exchange } = this.#options;
    clock.start();
    const batch = await clock.measure('data', () => batches.next());
    try {
      clock.measure('compute', () => {
        this.#computeGradients(batch, stopVote());
      });
      const { loss, stopVotes, evaluationErrors } = this.#completeExchange();
      if (this.#ownErrors !== undefined) this.#evaluationErrors.push(evaluationErrors);
      this.#ownErrors = undefined;
      const learningRate = learningRateAt(config, this.#positionOf(batch));
      const nonFinite = clock.measure('update', () => this.#applyMeans(learningRate, loss, batch));
      const { step, epoch, samples } = batch;
      const times = clock.finish();
      const stop = stopVotes > 0;
      return { step, epoch, loss, learningRate, samples, times, bytesSent: exchange.bytesSent, stop, nonFinite };
    } finally {
      batch.release();
    }
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
      evaluationErrors: this.#ownErrors ?? 0,
    });
    const localRows = batch.labels.length;
    if (localRows === 0) {
      collector.nothingToAdd();
      return;
    }
    try {
      replica.withWeights((weights) => {
        for (const round of roundsOf(segments, config.training.accumulate))
          this.#computeRound(batch, round, weights, collector);
      });
    } finally {
      collector.abandon();
    }
  }

  /** Forward and backward over the local micro-batches `round`. */
  #computeRound(batch: Batch, round: Range, weights: readonly Tensor[], collector: GradientCollector): void {
    this.#runRound(batch, round, weights, collector.round(round.start), () => this.#options.replica.network);
  }

  #runRound(
    batch: Batch,
    round: Range,
    weights: readonly Tensor[],
    sink: GradientSink,
    networkFor: (start: number, values: Float32Array, rows: number) => Network,
  ): void {
    const { config, replica } = this.#options;
    const { operations } = replica;
    const { step, samples: globalRows } = batch;
    const segments = batch.segments.slice(round.start, round.end);
    const [start, rows] = [rowsIn(batch.segments.slice(0, round.start)), rowsIn(segments)];
    const rowLength = batch.images.length / batch.labels.length;
    const values = batch.images.subarray(start * rowLength, (start + rows) * rowLength);
    const network = networkFor(start, values, rows);
    const images = operations.fromFloat32(values, [rows, ...network.inputShape]);
    try {
      const trainingRows = {
        images,
        labels: batch.labels.subarray(start, start + rows),
        placement: { firstRow: batch.firstRow + start, globalRows, segments },
        seed: config.training.seed,
        step,
        labelSmoothing: config.training.labelSmoothing,
      };
      network.gradients(operations, weights, trainingRows, sink);
    } finally {
      images.dispose();
    }
  }

  #positionOf({ step, epoch }: Batch) {
    const { stepsPerEpoch, totalSteps, evaluations } = this.#options;
    const { samples } = evaluations;
    return { step, epoch, stepsPerEpoch, totalSteps, evaluations: { errors: this.#evaluationErrors, samples } };
  }

  /** What is made of factors is multiplied while sums are still on their way. */
  #completeExchange(): StepScalars {
    const { exchange, clock } = this.#options;
    try {
      clock.measure('exchange', () => {
        exchange.gatherFactors();
      });
      clock.measure('update', () => {
        exchange.multiplyFactors();
      });
      return clock.measure('exchange', () => exchange.complete());
    } catch (error) {
      exchange.abandon();
      throw error;
    }
  }

  /**
   * The commit: from here on nothing can fail for another rank's sake. Or, where the loss or a mean is not finite, which all
   * ranks see alike: nothing is changed, and what is found out about it is given.
   */
  #applyMeans(learningRate: number, loss: number, batch: Batch): NonFiniteStep | undefined {
    const { config, replica, exchange } = this.#options;
    const { network, operations } = replica;
    const { parameters } = network;
    const means = new StepMeans(operations, network, exchange);
    const notFinite = means.notFinite();
    if (!Number.isFinite(loss) || notFinite.length > 0) {
      means.drop();
      return this.#explain(batch, loss, notFinite);
    }
    const trained = [...parameters.keys()].filter((index) => parameters[index]!.untrained !== true).reverse();
    const { gradients: watch } = this.#options;
    const { step } = batch;
    this.#watch = watch?.wants(step) ? (parameter, values) => watch.gradient(step, parameter, values) : undefined;
    const { clipNorm } = config.optimizer;
    if (clipNorm === undefined) for (const parameter of trained) this.#apply(parameter, means, learningRate);
    else this.#applyClipped(trained, means, clipNorm, learningRate);
    replica.applyState((reduction) => exchange.reduced(reduction), batch.samples);
    return undefined;
  }

  /** Takes the local rows again, and looks at every value. */
  #explain(batch: Batch, loss: number, gradients: readonly string[]): NonFiniteStep {
    const { config, replica, exchange } = this.#options;
    const { operations, network } = replica;
    const { step, segments, indices } = batch;
    const origins = new NonFiniteOrigins(operations, indices);
    const sink = origins.sink((reduction) => exchange.reduced(reduction));
    return replica.withWeights((weights) => {
      for (const round of roundsOf(segments, config.training.accumulate))
        this.#runRound(batch, round, weights, sink, (...rows) => origins.watch(network, ...rows));
      const broken = network.parameters.filter((_, index) => !areAllFinite(operations.read(weights[index]!)));
      return { step, loss, gradients, weights: broken.map(({ name }) => name), origins: origins.origins };
    });
  }

  #applyClipped(trained: readonly number[], taken: StepMeans, clipNorm: number, learningRate: number): void {
    const { operations } = this.#options.replica;
    const means = trained.map((parameter) => taken.take(parameter));
    const factor = clipFactor(
      clipNorm,
      means.map((mean) => squareSum(operations.read(mean))),
    );
    for (const [at, mean] of means.entries()) {
      if (factor === 1) {
        this.#applyMean(trained[at]!, mean, learningRate);
        continue;
      }
      this.#applyMean(trained[at]!, operations.scale(mean, factor), learningRate);
      mean.dispose();
    }
  }

  /** A product goes into the weights as it is made, where the optimizer needs no more than its elements one by one. */
  #apply(parameter: number, means: StepMeans, learningRate: number): void {
    const { optimizer, operations } = this.#options.replica;
    const factors = optimizer.applyFactors && means.takeFactors(parameter);
    if (factors === undefined) return this.#applyMean(parameter, means.take(parameter), learningRate);
    this.#watch?.(
      parameter,
      sampledProduct(...factors, (factor) => operations.read(factor)),
    );
    optimizer.applyFactors!(parameter, factors, learningRate);
    for (const factor of factors) factor.dispose();
  }

  /** Disposes `mean`. */
  #applyMean(parameter: number, mean: Tensor, learningRate: number): void {
    const { optimizer, operations } = this.#options.replica;
    this.#watch?.(parameter, operations.read(mean));
    optimizer.apply(parameter, mean, learningRate);
    mean.dispose();
  }
}

/** The local micro-batches in at most `rounds` groups of like number, those without a row left out. */
function roundsOf(segments: readonly number[], rounds: number): Range[] {
  return Array.from({ length: rounds }, (_, round) => dealMicroBatches(segments.length, rounds, round)).filter(
    ({ start, end }) => rowsIn(segments.slice(start, end)) > 0,
  );
}

function rowsIn(segments: readonly number[]): number {
  return segments.reduce((sum, size) => sum + size, 0);
}
