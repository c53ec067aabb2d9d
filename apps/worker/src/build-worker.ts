import {
  dealMicroBatches,
  ConfigurationError,
  type FaultPoint,
  type Range,
  type RunConfig,
  thisMachine,
} from '@tandem/core';
import { checkConfig } from '@tandem/core/config';
import { localPartials } from '@tandem/collective';
import {
  BatchSchedule,
  BatchStream,
  type DataThreads,
  describeDataset,
  evaluationPieceCount,
  evaluationPieceSize,
  EvaluationStream,
  type ImageSource,
  type ResolvedDataset,
  resolveDataset,
  turboJpegFault,
} from '@tandem/dataset';
import { isSmallEnoughForWasm, loadNetwork, type Network, openEngine } from '@tandem/model';
import { type Logger, PhaseClock, stepPhases } from '@tandem/observability';
import type { Begin, Communication, ExchangeHandle, GenerationMessage } from '@tandem/rpc';
import type { Device } from '@tandem/runtime';
import {
  combinedDigest,
  evaluate,
  type GradientExchange,
  layOutExchange,
  LocalExchange,
  Replica,
  SharedMemoryExchange,
  type TrainingLoopOptions,
  TrainStep,
} from '@tandem/training';
import { dealEvaluation } from './deal-evaluation.js';
import { injectFaults } from './injected-faults.js';
import { gradientHistograms } from './gradient-histograms.js';
import type { WorkerOptions } from './options.js';
import { countReady } from './count-ready.js';
import type { Progress } from './progress.js';
import { takeWeights } from './take-weights.js';
import { traceBatches } from './timeline/trace-batches.js';
import { traceBuckets } from './timeline/trace-buckets.js';
import { traceNetwork } from './timeline/trace-network.js';
import type { SnapshotOffers } from './snapshot-offers.js';
import type { UnreadableImages } from './unreadable-images.js';
import { WorkerObserver } from './worker-observer.js';

/** Characters that the coordinator takes. */
const MAX_REASON = 1_000;

export interface PrepareOptions {
  readonly name: string;
  readonly config: RunConfig;
  readonly communication: Communication;
  readonly device: Device;
  readonly log: Logger;
  readonly options: WorkerOptions;
  readonly faultPoint: FaultPoint;
}

export interface PreparedWorker extends PrepareOptions {
  readonly dataset: ResolvedDataset;
  readonly replica: Replica;
}

/** What a worker has before it knows its rank: data set, TensorFlow, and a replica at the seed's weights. */
export async function prepareWorker(prepare: PrepareOptions): Promise<PreparedWorker> {
  const { config, communication, device, log, options } = prepare;
  const dataset = await resolveDataset(config);
  const { engine, threads, fallback } = await openEngine({
    choice: options.engine ?? 'auto',
    model: config.model.name,
    threads: options.threads ?? config.cluster.threads,
    device,
    verbose: options.verbose,
  });
  const { network: built, digest: networkDigest } = await loadNetwork(config.model, dataset, options.modules);
  checkAccumulation(config, built);
  const { timeline } = communication;
  const network = timeline === undefined ? built : traceNetwork(built, timeline);
  const replica = new Replica(network, engine, config);
  log.info(
    { event: 'worker.prepared' },
    `${dataset.train.length} training images of ${dataset.train.classes.length} classes; ` +
      `${network.parameterCount} parameters; ${engine.engine === 'native' ? 'TensorFlow ' : ''}${engine.version} with ${threads} thread(s) on ${device}`,
  );
  if (engine.engine === 'wasm' && !isSmallEnoughForWasm(config.model.name))
    log.warn(
      { event: 'engine.slow' },
      `model ${config.model.name} is computed on WebAssembly, as was asked for: AlexNet takes six times as long there as on the native engine`,
    );
  if (fallback !== undefined)
    log.warn(
      { event: 'engine.fallback' },
      `the native engine cannot be had, and this worker computes on WebAssembly and one core instead: ${fallback}`,
    );
  if (turboJpegFault !== undefined && config.data.format !== 'idx')
    log.warn(
      { event: 'data.decoder-missing' },
      `libjpeg-turbo cannot be loaded here (${turboJpegFault}): JPEGs are decoded by libvips, to the same pixels at half the speed. \`npm ci\` installs it`,
    );
  communication.prepared({
    trainingSamples: dataset.train.length,
    evaluationSamples: dataset.eval?.length ?? 0,
    datasetDigest: describeDataset(dataset),
    networkDigest,
    classes: [...dataset.train.classes],
    channelMeans: [...dataset.mean],
    parameters: network.parameters.map(({ name, shape }) => ({ name, shape: [...shape] })),
    tensorflowVersion: engine.version,
    engine: engine.engine,
    engineFallback: (fallback ?? '').replace(/\s+/g, ' ').slice(0, MAX_REASON),
    threads,
    machine: thisMachine(),
  });
  return { ...prepare, dataset, replica };
}

/** What the schema cannot see of a network of one's own. */
function checkAccumulation({ training }: RunConfig, { reductions }: Network): void {
  if (training.accumulate === 1 || reductions.length === 0) return;
  throw new ConfigurationError({
    code: 'TANDEM_CONFIG_VALUE',
    what: `training.accumulate is ${training.accumulate}`,
    where: 'the coordinator’s configuration',
    expected: `1: the network sums over the whole global batch at once (${reductions[0]!.name})`,
  });
}

export interface Training {
  readonly loop: TrainingLoopOptions;
  readonly observer: WorkerObserver;
  close(): Promise<void>;
}

/** What lives longer than a generation. */
export interface Lasting {
  readonly progress: Progress;
  readonly unreadable: UnreadableImages;
  readonly snapshots: SnapshotOffers;
  /** For this generation's batches and evaluations, and the next one's. */
  readonly threads: DataThreads;
}

/** Wires one generation's training together: weights, exchange, batches, step and loop. */
export async function buildTraining(
  worker: PreparedWorker,
  lasting: Lasting,
  generation: GenerationMessage,
  begin: Begin,
): Promise<Training> {
  const { communication, dataset, replica, log, faultPoint } = worker;
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

  const evaluation = dataset.eval;
  const { crops } = config.evaluation;
  const pieceSize = evaluationPieceSize(config.evaluation);
  const totalPieces = evaluation === undefined ? 0 : evaluationPieceCount(evaluation.length, pieceSize);
  const observer = new WorkerObserver({
    ...{ communication, generation, startStep, replica, totalPieces, log, timeline, progress, snapshots, faultPoint },
    evaluationErrors: () => trainStep.evaluationErrors,
    evaluateOthers: async () => {
      const isBooked = () => communication.generations.isEvaluationBooked(progress.step);
      const before = await runEvaluation(evaluation!, { start: 0, end: dealtPieces.start }, isBooked);
      return [...before, ...(await runEvaluation(evaluation!, { start: dealtPieces.end, end: totalPieces }, isBooked))];
    },
  });
  const dealtPieces = dealEvaluation(totalPieces, { microBatches, worldSize, rank });
  const runEvaluation = async (evaluated: ImageSource, range: Range, isEnough = () => false) => {
    if (range.start === range.end) return [];
    observer.phase('evaluation');
    const pieces = await EvaluationStream.open({
      source: evaluated,
      samples: evaluated.length,
      ...{ plan, mean, pieceSize, crops, onError, threads },
      pieces: range,
      onUnreadable: (image) => unreadable.addEvaluation(image),
    });
    const next = () => {
      communication.generations.checkPresent(number);
      faultPoint('evaluation', progress.step);
      return isEnough() ? Promise.resolve(undefined) : pieces.next();
    };
    try {
      return await evaluate(replica, { next });
    } finally {
      await pieces.close();
    }
  };

  const clock = new PhaseClock(stepPhases, {
    onEnter: (phase) => observer.enter(phase),
    onLeave: (phase) => observer.leave(phase),
  });
  const firstMicroBatch = deal.start;
  const counted = countReady(batches, communication);
  const trainStep = new TrainStep({
    ...{ config, replica, exchange, clock, firstMicroBatch },
    batches: injectFaults(timeline === undefined ? counted : traceBatches(counted, timeline), { name: worker.name, replica, log }),
    stepsPerEpoch: steps.stepsPerEpoch,
    totalSteps: ofAllEpochs,
    evaluations: { errors: begin.evaluationErrors, samples: evaluation?.length ?? 0 },
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
          const run = () => runEvaluation(evaluation, dealtPieces);
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
  exchange: ReturnType<typeof openExchange>,
  batches: Promise<BatchStream>,
): Promise<[Awaited<typeof exchange>, BatchStream]> {
  try {
    return await Promise.all([exchange, batches]);
  } catch (error) {
    exchange.then(({ handle }) => handle?.close()).catch(() => undefined);
    batches.then((stream) => stream.close()).catch(() => undefined);
    throw error;
  }
}

/** A world of one keeps its gradients in TensorFlow; else they go through the communication thread, bucket by bucket. */
async function openExchange(
  { communication, replica }: PreparedWorker,
  config: RunConfig,
  { rank, members }: GenerationMessage,
  { microBatches, copying }: { readonly microBatches: number; readonly copying: boolean },
): Promise<{ exchange: GradientExchange; handle?: ExchangeHandle }> {
  const { order, bucketBytes, chunkBytes, timeoutMs, factors = [], compression, sharedMemory } = config.exchange;
  const encoding = compression === 'bf16' ? 'bfloat16' : 'float32';
  const { timeline } = communication;
  const { operations, network } = replica;
  const { globalBatch } = config.training;
  if (members.length === 1)
    return { exchange: new LocalExchange({ operations, network, globalBatch, microBatches, factors, encoding }) };
  const layout = layOutExchange(network, { bucketBytes, globalBatch, microBatches, factors, encoding });
  const partials = localPartials(order, microBatches, members.length, rank);
  const handle = await communication.openExchange({
    ...{ order, microBatches, chunkBytes, timeoutMs, sharedMemory },
    // A state on its way to a peer has timeouts of its own.
    ...(copying && { connectTimeout: { ms: config.cluster.startTimeoutMs, name: 'cluster.startTimeoutMs' } }),
    buckets: layout.buckets,
    elements: layout.elements,
    partials: partials.length,
  });
  const deal = dealMicroBatches(microBatches, members.length, rank);
  const exchange = new SharedMemoryExchange({
    ...{ operations, network, partials, layout, globalBatch, microBatches, deal, encoding },
    buckets: timeline === undefined ? handle : traceBuckets(handle, timeline),
  });
  return { exchange, handle };
}
