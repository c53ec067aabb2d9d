import { join } from 'node:path';
import { Server } from '@grpc/grpc-js';
import { ConfigurationError } from '@tandem/core';
import { createLogger, type Logger } from '@tandem/observability';
import {
  guardInterceptors,
  loadTandemProtocol,
  LOOPBACK_ONLY,
  RefusalLog,
  requireEncryption,
  serverOptions,
} from '@tandem/rpc';
import { listen, type Listening } from './listen.js';
import { parseListenAddress } from './listen-address.js';
import type { CoordinatorOptions, RunningCoordinator } from './options.js';
import { Run } from './run.js';
import { openRunDirectory, type ResumePoint } from './run-directory.js';
import { coordinatorService } from './service.js';
import { FAREWELL_TIMEOUT_MS } from './timeouts.js';

/**
 * Opens the run directory, listens, and leads one run to its end. Throws a ConfigurationError where it cannot begin; what
 * fails later is in the outcome. Whoever starts it closes it.
 */
export async function startCoordinator(options: CoordinatorOptions): Promise<RunningCoordinator> {
  const { config, runDirectory, resume = false, terminal, security = LOOPBACK_ONLY } = options;
  const { host } = parseListenAddress(options.listen);
  requireEncryption(options.listen, security, '--listen');
  checkWorkers(options);
  const opened = await openRunDirectory(runDirectory, config, resume);
  const refusals = new RefusalLog((text) => log.warn(text));
  const server = new Server({ ...serverOptions, interceptors: guardInterceptors(security, refusals) });
  const listening = await listen(server, options.listen, security, refusals);
  const log = createLogger({
    name: 'coordinator',
    file: join(runDirectory, 'logs', 'coordinator.jsonl'),
    level: config.log.level,
    ...(terminal === undefined ? {} : { terminal }),
  });
  const run = openRun(options, log, opened.resume, listening);
  server.addService(loadTandemProtocol().coordinator, coordinatorService(run, log, refusals));
  const address = `${host}:${listening.port}`;
  for (const notice of opened.notices) log.warn(notice);
  if (opened.resume !== undefined)
    log.info(`resuming after step ${opened.resume.step} from ${opened.resume.directory}`);
  log.info({ runId: run.id, address, runDirectory }, `coordinator of ${runDirectory} listens at ${address}`);
  let closed: Promise<void> | undefined;
  return {
    address,
    outcome: run.outcome,
    requestStop: (reason) => run.requestStop(reason),
    fail: (error, worker) => run.fail(error, worker),
    abort: (reason) => run.abort(reason),
    close: () => (closed ??= close(run, listening)),
  };
}

/** Leaves no server behind where the run cannot begin. */
function openRun(options: CoordinatorOptions, log: Logger, resume: ResumePoint | undefined, listening: Listening): Run {
  try {
    return new Run(options, log, resume);
  } catch (error) {
    listening.forceClose();
    throw error;
  }
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
