import { ConfigurationError, type FaultPoint, type RunConfig, thisMachine } from '@tandem/core';
import { describeDataset, type ResolvedDataset, resolveDataset, turboJpegFault } from '@tandem/dataset';
import { isSmallEnoughForWasm, loadNetwork, type Network, openEngine } from '@tandem/model';
import type { Logger } from '@tandem/observability';
import type { Communication } from '@tandem/rpc';
import type { Device } from '@tandem/runtime';
import { Replica } from '@tandem/training';
import type { WorkerOptions } from './options.js';
import { traceNetwork } from './timeline/trace-network.js';

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
