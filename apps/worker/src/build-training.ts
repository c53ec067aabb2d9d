import { dealMicroBatches } from '@tandem/core';
import { checkConfig } from '@tandem/core/config';
import { BatchSchedule, BatchStream } from '@tandem/dataset';
import { PhaseClock, stepPhases } from '@tandem/observability';
import type { Begin, GenerationMessage } from '@tandem/rpc';
import { combinedDigest, type TrainingLoopOptions, TrainStep } from '@tandem/training';
import { countReady } from './count-ready.js';
import { Evaluation } from './evaluation.js';
import { gradientHistograms } from './gradient-histograms.js';
import { injectFaults } from './injected-faults.js';
import type { Lasting } from './lasting.js';
import { openExchange, type OpenedExchange } from './open-exchange.js';
import type { PreparedWorker } from './prepare-worker.js';
import { takeWeights } from './take-weights.js';
import { traceBatches } from './timeline/trace-batches.js';
import { WorkerObserver } from './worker-observer.js';

export interface Training {
  readonly loop: TrainingLoopOptions;
  readonly observer: WorkerObserver;
  close(): Promise<void>;
}

/** Wires one generation's training together: weights, exchange, batches, step and loop. */
export async function buildTraining(
  worker: PreparedWorker,
  lasting: Lasting,
  generation: GenerationMessage,
  begin: Begin,
): Promise<Training> {
  const { name, communication, dataset, replica, log, faultPoint } = worker;
  const { progress, unreadable, snapshots, threads } = lasting;
  const { timeline } = communication;
  const config = checkConfig(JSON.parse(generation.configJson), 'the generation’s configuration');
  const worldSize = generation.members.length;
  const { rank, number } = generation;
  const { step: startStep } = begin;
  Object.assign(log.context, { generation: number, rank, step: startStep });
  const microBatches = config.training.microBatches ?? worldSize;
  const deal = dealMicroBatches(microBatches, worldSize, rank);
  log.info(
    { event: 'generation.entered', generation: number, rank, worldSize },
    `generation ${number}: rank ${rank} of ${worldSize}, micro-batches ${deal.start}…${deal.end - 1} of ${microBatches}, after step ${startStep}`,
  );

  await takeWeights({ communication, replica, log, generation, begin });
  progress.began(startStep, begin.evaluationErrors, begin.lastEvaluation);
  const { globalBatch, seed, epochs } = config.training;
  const schedule = { samples: dataset.train.length, globalBatch, microBatches, seed };
  const steps = new BatchSchedule(schedule);
  const ofAllEpochs = steps.totalSteps(epochs);
  const lastStep = begin.lastStep > 0 ? Math.min(begin.lastStep, ofAllEpochs) : ofAllEpochs;
  const { plan, mean } = dataset;
  const { onError } = config.data;
  // Both take a while, and neither needs the other.
  const [opened, batches] = await allOrNone(
    openExchange(worker, config, generation, {
      microBatches,
      copying: begin.behind.length > 0 || begin.weights === 'CHECKPOINT',
    }),
    BatchStream.open({
      source: dataset.train,
      ...{ plan, mean, schedule, deal },
      startStep: startStep + 1,
      endStep: lastStep,
      prefetch: config.data.prefetch,
      onError,
      threads,
      onUnreadable: (image) => unreadable.addTraining(image),
    }),
  );
  const { exchange, handle } = opened;
  if (handle !== undefined)
    log.info(
      { event: 'exchange.memory', lentTo: handle.lentTo },
      handle.lentTo.length === 0
        ? 'gradients go through connections to all peers'
        : `gradients go through shared memory to rank${handle.lentTo.length > 1 ? 's' : ''} ${handle.lentTo.join(', ')}`,
    );
  // All are connected: whoever was behind has its copy.
  communication.states.withdraw();
  // Weights that were there are compared at every checkpoint, and a copy's digest was checked: hundreds of megabytes less to
  // read while everybody waits.
  const weightsDigest = begin.weights === 'PEER' ? '' : combinedDigest(replica.parameterDigests());
  communication.generations.ready({ generation: number, weightsDigest });

  const evaluation =
    dataset.eval && new Evaluation({ ...{ worker, lasting, config, generation, microBatches }, source: dataset.eval });
  const observer = new WorkerObserver({
    ...{ communication, generation, startStep, replica, log, timeline, progress, snapshots, faultPoint },
    totalPieces: evaluation?.totalPieces ?? 0,
    evaluateOthers: () => evaluation!.others(),
    evaluationErrors: () => trainStep.evaluationErrors,
  });
  const clock = new PhaseClock(stepPhases, {
    onEnter: (phase) => observer.enter(phase),
    onLeave: (phase) => observer.leave(phase),
  });
  const firstMicroBatch = deal.start;
  const counted = countReady(batches, communication);
  const trainStep = new TrainStep({
    ...{ config, replica, exchange, clock, firstMicroBatch },
    batches: injectFaults(timeline === undefined ? counted : traceBatches(counted, timeline), { name, replica, log }),
    stepsPerEpoch: steps.stepsPerEpoch,
    totalSteps: ofAllEpochs,
    evaluations: { errors: begin.evaluationErrors, samples: evaluation?.samples ?? 0 },
    gradients: gradientHistograms(communication, generation, config),
  });
  return {
    observer,
    loop: {
      ...{ config, trainStep, observer, startStep, lastStep },
      stepsPerEpoch: steps.stepsPerEpoch,
      evaluateFirst: begin.lastEvaluation < startStep,
      checkpointFirst: begin.checkpointDue,
      ...(evaluation !== undefined && {
        evaluate: () => {
          const run = () => evaluation.dealt();
          return timeline === undefined ? run() : timeline.measure('evaluation', run);
        },
      }),
    },
    close: async () => {
      await Promise.all([batches.close(), handle?.close()]);
    },
  };
}

/** Both; where one cannot be had, the other is closed again. */
async function allOrNone(
  exchange: Promise<OpenedExchange>,
  batches: Promise<BatchStream>,
): Promise<[OpenedExchange, BatchStream]> {
  try {
    return await Promise.all([exchange, batches]);
  } catch (error) {
    exchange.then(({ handle }) => handle?.close()).catch(() => undefined);
    batches.then((stream) => stream.close()).catch(() => undefined);
    throw error;
  }
}
