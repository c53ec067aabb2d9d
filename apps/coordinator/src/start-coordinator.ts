import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { ConfigurationError } from '@tandem/core';
import { createLogger } from '@tandem/observability';
import { loadTandemProtocol, serverOptions } from '@tandem/rpc';
import { cannotListen, runDirectoryUnusable } from './errors.js';
import { parseListenAddress } from './listen-address.js';
import type { CoordinatorOptions, RunningCoordinator } from './options.js';
import { Run } from './run.js';
import { readRecord } from './generation-record.js';
import { openRunDirectory } from './run-directory.js';
import { lockRun, type RunLock } from './run-lock.js';
import { coordinatorService } from './service.js';
import { FAREWELL_TIMEOUT_MS } from './timeouts.js';

/**
 * Opens the run directory, listens, and leads one run to its end. Throws a ConfigurationError where it cannot begin; what
 * fails later is in the outcome. Whoever starts it closes it.
 */
export async function startCoordinator(options: CoordinatorOptions): Promise<RunningCoordinator> {
  const { runDirectory } = options;
  parseListenAddress(options.listen);
  checkWorkers(options);
  await mkdir(runDirectory, { recursive: true }).catch((cause: unknown) =>
    Promise.reject(runDirectoryUnusable(runDirectory, cause)),
  );
  let run: Run | undefined;
  const lock = await lockRun(runDirectory, (error) => run?.giveWay(error));
  let server: Server | undefined;
  try {
    server = new Server(serverOptions);
    const started = await lead(options, server);
    run = started.run;
    return runningCoordinator(started, server, lock);
  } catch (error) {
    server?.forceShutdown();
    await lock.release();
    throw error;
  }
}

interface Started {
  readonly run: Run;
  readonly address: string;
}

/** The run directory and the port are ours: begins the run. */
async function lead(options: CoordinatorOptions, server: Server): Promise<Started> {
  const { config, runDirectory, resume = false, terminal } = options;
  const opened = await openRunDirectory(runDirectory, config, resume);
  const { host } = parseListenAddress(options.listen);
  const address = `${host}:${await bind(server, options.listen)}`;
  const log = createLogger({
    name: 'coordinator',
    file: join(runDirectory, 'logs', 'coordinator.jsonl'),
    level: config.log.level,
    ...(terminal === undefined ? {} : { terminal }),
  });
  const record = resume ? readRecord(runDirectory) : undefined;
  const run = new Run(options, log, { address, resume: opened.resume, record });
  server.addService(loadTandemProtocol().coordinator, coordinatorService(run, log));
  for (const notice of opened.notices) log.warn(notice);
  if (opened.resume !== undefined)
    log.info(`resuming after step ${opened.resume.step} from ${opened.resume.directory}`);
  log.info({ runId: run.id, address, runDirectory }, `coordinator of ${runDirectory} listens at ${address}`);
  return { run, address };
}

function runningCoordinator({ run, address }: Started, server: Server, lock: RunLock): RunningCoordinator {
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
    close: () => (closed ??= close(run, server).finally(() => lock.release())),
  };
}

async function close(run: Run, server: Server): Promise<void> {
  run.abort('the coordinator was closed');
  await run.outcome;
  const force = setTimeout(() => server.forceShutdown(), FAREWELL_TIMEOUT_MS);
  await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  clearTimeout(force);
}

function bind(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) return resolve(port);
      reject(cannotListen(address, error));
    });
  });
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
