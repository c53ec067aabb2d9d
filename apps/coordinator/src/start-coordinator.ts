import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Server } from '@grpc/grpc-js';
import { ConfigurationError } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import { createLogger } from '@tandem/observability/logging';
import {
  addHealthService,
  addReflectionService,
  guardInterceptors,
  Health,
  loadTandemProtocol,
  LOOPBACK_ONLY,
  RefusalLog,
  requireEncryption,
  type Security,
  serverOptions,
  WatchingServer,
  type WatchingServerOptions,
} from '@tandem/rpc';
import { runDirectoryUnusable } from './errors.js';
import { listen, type Listening } from './listen.js';
import { parseListenAddress } from './listen-address.js';
import type { CoordinatorOptions, RunningCoordinator } from './options.js';
import { Run } from './run.js';
import { readRecord } from './generation-record.js';
import { openRunDirectory } from './run-directory.js';
import { lockRun, type RunLock } from './run-lock.js';
import { coordinatorService } from './service.js';
import { ClusterLog } from './monitoring/cluster-log.js';
import { Page, type PageOptions } from './page/page.js';
import { StepImages } from './monitoring/tensorboard/step-images.js';
import { TensorBoard } from './monitoring/tensorboard/tensorboard.js';
import { openTraces, type OpenTraces, wantedTraces } from './monitoring/traces/open-traces.js';
import { tandemSource } from './tandem-source.js';
import { FAREWELL_TIMEOUT_MS } from './timeouts.js';

/**
 * Opens the run directory, listens, and leads one run to its end. Throws a ConfigurationError where it cannot begin; what
 * fails later is in the outcome. Whoever starts it closes it.
 */
export async function startCoordinator(options: CoordinatorOptions): Promise<RunningCoordinator> {
  const { runDirectory, security = LOOPBACK_ONLY } = options;
  parseListenAddress(options.listen);
  requireEncryption(options.listen, security, '--listen');
  checkWorkers(options);
  await mkdir(runDirectory, { recursive: true }).catch((cause: unknown) =>
    Promise.reject(runDirectoryUnusable(runDirectory, cause)),
  );
  let run: Run | undefined;
  const lock = await lockRun(runDirectory, (error) => run?.giveWay(error));
  try {
    const started = await lead(options, security);
    run = started.run;
    return runningCoordinator(started, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

const SERVICE = 'tandem.v1.Coordinator';

interface Started {
  readonly run: Run;
  readonly address: string;
  readonly listening: Listening;
  readonly health: Health;
  readonly watching: WatchingServer | undefined;
  readonly page: Page | undefined;
  readonly traces: OpenTraces | undefined;
}

/** The run directory is ours: listens and begins the run. Leaves no server behind where it cannot. */
async function lead(options: CoordinatorOptions, security: Security): Promise<Started> {
  const { config, runDirectory, resume = false, terminal } = options;
  const opened = await openRunDirectory(runDirectory, config, resume);
  const { host } = parseListenAddress(options.listen);
  const tandem = await tandemSource();
  const refusals = new RefusalLog((text) => log.warn({ event: 'peer.refused' }, text));
  // Before there is a server: it makes grpc-js quiet, whose errors are thrown as well.
  const { coordinator: definition } = loadTandemProtocol();
  const server = new Server({ ...serverOptions, interceptors: guardInterceptors(security, refusals) });
  // From here to the service nothing is waited for: a worker that called in between would be told that this is no coordinator.
  const listening = await listen(server, options.listen, security, refusals);
  const address = `${host}:${listening.port}`;
  const clusterLog = new ClusterLog({
    file: join(runDirectory, 'logs', 'cluster.jsonl'),
    onFault: (fault, missing) => {
      if (fault === undefined)
        log.warn({ event: 'log.resumed' }, `the cluster's log is written again; it lacks ${missing} lines`);
      else log.warn({ event: 'log.paused', err: fault }, `the cluster's log cannot be written: ${fault.message}`);
    },
  });
  const log = createLogger({
    name: 'coordinator',
    file: join(runDirectory, 'logs', 'coordinator.jsonl'),
    level: config.log.level,
    hear: (entry) => clusterLog.add(entry),
    ...(terminal === undefined ? {} : { terminal }),
  });
  let run: Run | undefined;
  let watching: WatchingServer | undefined;
  let traces: OpenTraces | undefined;
  try {
    const record = resume ? readRecord(runDirectory) : undefined;
    const wanted = wantedTraces(config, log);
    const traceEverySteps = wanted?.everySteps ?? 0;
    const leading = new Run(options, log, {
      ...{ address, resume: opened.resume, record, clusterLog, tandem, traceEverySteps },
    });
    run = leading;
    if (wanted !== undefined) {
      const facts = { runId: () => leading.id, config: () => leading.config, version: tandem.version };
      traces = openTraces(wanted, { ...facts, log });
      run.watch(traces.monitor);
    }
    server.addService(definition, coordinatorService(run, log, refusals));
    const health = new Health([SERVICE]);
    addHealthService(server, health);
    addReflectionService(server, [SERVICE]);
    if (config.monitoring.tensorboard) writeTensorBoard(options, run, log);
    watching = await watch(options, { run, security, refusals, health });
    if (watching !== undefined) log.info({ event: 'metrics.listening' }, `metrics at ${watching.url}`);
    const page = await openPage(options, { run, security, refusals, log, startStep: opened.resume?.step ?? 0 });
    if (page !== undefined) log.info({ event: 'page.listening' }, `the run’s page is at ${page.url}`);
    for (const name of ['', SERVICE]) health.set(name, 'SERVING');
    void run.outcome.then(() => health.close());
    for (const notice of opened.notices) log.warn({ event: 'run.notice' }, notice);
    if (opened.resume !== undefined)
      log.info({ event: 'run.resuming' }, `resuming after step ${opened.resume.step} from ${opened.resume.directory}`);
    log.info(
      { event: 'coordinator.listening', runId: run.id, address, runDirectory },
      `coordinator of ${runDirectory} listens at ${address}`,
    );
    return { run, address, listening, health, watching, page, traces };
  } catch (error) {
    run?.discard();
    await traces?.close();
    await watching?.close();
    listening.forceClose();
    clusterLog.close();
    throw error;
  }
}

function writeTensorBoard({ runDirectory, drawSamples: draw }: CoordinatorOptions, run: Run, log: Logger): void {
  const board = new TensorBoard(runDirectory, log);
  run.watch(board);
  if (draw !== undefined) run.watch(new StepImages({ draw, write: (step, { png }) => board.images(step, png), log }));
}

/** `--metrics-listen`, where it is said. Throws a ConfigurationError: see WatchingServer.listen. */
async function watch(
  { metricsListen: listen }: CoordinatorOptions,
  { run, ...parts }: Pick<WatchingServerOptions, 'security' | 'refusals' | 'health'> & { readonly run: Run },
): Promise<WatchingServer | undefined> {
  if (listen === undefined) return undefined;
  // Prometheus' client is loaded only where somebody is to read.
  const { RunMetrics } = await import('./monitoring/run-metrics.js');
  const metrics = new RunMetrics(() => run.status());
  const server = await WatchingServer.listen({ ...parts, listen, metrics });
  run.watch(metrics);
  return server;
}

/** `--page-listen`, where it is said. Throws a ConfigurationError: see Page.open. */
async function openPage(
  { page, runDirectory }: CoordinatorOptions,
  { run, ...parts }: Pick<PageOptions, 'security' | 'refusals' | 'log' | 'startStep'> & { readonly run: Run },
): Promise<Page | undefined> {
  if (page === undefined) return undefined;
  const { listen, samples } = page;
  const { clusterLog } = run;
  const opened = await Page.open({ ...parts, listen, samples, runDirectory, clusterLog, status: () => run.status() });
  run.watch(opened.monitor);
  return opened;
}

function runningCoordinator(started: Started, lock: RunLock): RunningCoordinator {
  const { run, address, watching, page } = started;
  let closed: Promise<void> | undefined;
  return {
    address,
    metricsAddress: watching?.address,
    pageAddress: page?.address,
    get hasStarted() {
      return run.hasStarted;
    },
    get isOver() {
      return run.isOver;
    },
    outcome: run.outcome,
    requestStop: (reason) => run.requestStop(reason),
    fail: (error, worker) => run.fail(error, worker),
    abort: (reason) => run.abort(reason),
    close: () => (closed ??= close(started).finally(() => lock.release())),
  };
}

async function close({ run, listening, health, watching, page, traces }: Started): Promise<void> {
  run.abort('the coordinator was closed');
  await run.outcome;
  health.close();
  await watching?.close();
  await page?.close();
  await traces?.close();
  const force = setTimeout(() => listening.forceClose(), FAREWELL_TIMEOUT_MS);
  await listening.close();
  clearTimeout(force);
  run.clusterLog.close();
}

function checkWorkers({ config, worldSize }: CoordinatorOptions): void {
  const { minWorkers, maxWorkers } = config.cluster;
  if (worldSize === undefined && maxWorkers !== undefined && minWorkers > maxWorkers)
    throw new ConfigurationError({
      code: 'TANDEM_CONFIG_VALUE',
      what: `cluster.minWorkers is ${minWorkers} and cluster.maxWorkers is ${maxWorkers}`,
      where: 'cluster',
      expected: 'minWorkers to be at most maxWorkers',
    });
}
