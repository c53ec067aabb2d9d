import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Server } from '@grpc/grpc-js';
import { ConfigurationError } from '@tandem/core';
import { createLogger } from '@tandem/observability';
import {
  guardInterceptors,
  loadTandemProtocol,
  LOOPBACK_ONLY,
  RefusalLog,
  requireEncryption,
  type Security,
  serverOptions,
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

interface Started {
  readonly run: Run;
  readonly address: string;
  readonly listening: Listening;
}

/** The run directory is ours: listens and begins the run. Leaves no server behind where it cannot. */
async function lead(options: CoordinatorOptions, security: Security): Promise<Started> {
  const { config, runDirectory, resume = false, terminal } = options;
  const opened = await openRunDirectory(runDirectory, config, resume);
  const { host } = parseListenAddress(options.listen);
  const refusals = new RefusalLog((text) => log.warn({ event: 'peer.refused' }, text));
  const server = new Server({ ...serverOptions, interceptors: guardInterceptors(security, refusals) });
  const listening = await listen(server, options.listen, security, refusals);
  const address = `${host}:${listening.port}`;
  const log = createLogger({
    name: 'coordinator',
    file: join(runDirectory, 'logs', 'coordinator.jsonl'),
    level: config.log.level,
    ...(terminal === undefined ? {} : { terminal }),
  });
  try {
    const record = resume ? readRecord(runDirectory) : undefined;
    const run = new Run(options, log, { address, resume: opened.resume, record, tandem: await tandemSource() });
    server.addService(loadTandemProtocol().coordinator, coordinatorService(run, log, refusals));
    for (const notice of opened.notices) log.warn({ event: 'run.notice' }, notice);
    if (opened.resume !== undefined)
      log.info({ event: 'run.resuming' }, `resuming after step ${opened.resume.step} from ${opened.resume.directory}`);
    log.info(
      { event: 'coordinator.listening', runId: run.id, address, runDirectory },
      `coordinator of ${runDirectory} listens at ${address}`,
    );
    return { run, address, listening };
  } catch (error) {
    listening.forceClose();
    throw error;
  }
}

function runningCoordinator({ run, address, listening }: Started, lock: RunLock): RunningCoordinator {
  let closed: Promise<void> | undefined;
  return {
    address,
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
    close: () => (closed ??= close(run, listening).finally(() => lock.release())),
  };
}

async function close(run: Run, listening: Listening): Promise<void> {
  run.abort('the coordinator was closed');
  await run.outcome;
  const force = setTimeout(() => listening.forceClose(), FAREWELL_TIMEOUT_MS);
  await listening.close();
  clearTimeout(force);
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
