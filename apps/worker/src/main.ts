import { hostname } from 'node:os';
import { faultPoint, INTERRUPTED_EXIT_CODE, onStopSignals, type RunConfig } from '@tandem/core';
import { checkConfig } from '@tandem/core/config';
import { isForCluster, type LogEntry } from '@tandem/observability';
import { createLogger, Terminal } from '@tandem/observability/logging';
import { Communication } from '@tandem/rpc';
import { confineData } from './confine-data.js';
import { reportFailure } from './end-of-run.js';
import type { WorkerOptions } from './options.js';
import { watchParent } from './parent-watch.js';
import { prepareWorker } from './prepare-worker.js';
import { trainGenerations } from './train-generations.js';
import { TANDEM_VERSION } from './version.js';

const DEFAULT_JOIN_TIMEOUT_MS = 600_000;

/** One worker's life: join, prepare, train until the run ends, leave. Rejects with the reason where the run failed. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const name = options.name ?? `${hostname()}-${process.pid}`;
  const {
    coordinator,
    device = 'cpu',
    joinTimeoutMs = DEFAULT_JOIN_TIMEOUT_MS,
    logFile,
    advertiseHost,
    security,
  } = options;
  const terminal = new Terminal(process.stdout);
  let forward: (entry: LogEntry) => void = () => undefined;
  const log = createLogger({
    ...{ name, level: 'info', terminal },
    ...(logFile !== undefined && { file: logFile }),
    hear: (entry) => {
      if (isForCluster(entry)) forward(entry);
    },
  });
  const version = TANDEM_VERSION;
  const communication = await Communication.start({
    ...{ coordinator, name, device, version, joinTimeoutMs },
    ...(advertiseHost !== undefined && { advertiseHost }),
    ...(security !== undefined && { security }),
    onRefusal: (text) => log.warn({ event: 'peer.refused' }, text),
    ...(options.metricsListen !== undefined && { metricsListen: options.metricsListen }),
    onCoordinator: (away) => {
      if (away === undefined) log.info({ event: 'coordinator.back' }, 'the coordinator is back');
      else
        log.warn(
          { event: 'coordinator.away' },
          `the coordinator is away (${away}): this worker goes on, and looks for it`,
        );
    },
  });
  forward = (entry) => communication.log(entry);
  let hasJoined = false;
  const stop = (signal: string) => {
    if (!hasJoined) {
      log.info({ event: 'run.stopping' }, `${signal} while looking for the coordinator: this worker ends`);
      return abort();
    }
    log.info(
      { event: 'run.stopping' },
      `${signal}: the run is asked to stop after this step. Once more ends this worker at once.`,
    );
    communication.report({ stopRequest: { reason: `${signal} at worker ${name}` } });
  };
  // A managed worker leaves signals to its parent, which the terminal's Ctrl-C reaches as well.
  const leave = () => undefined;
  const abort = () => process.exit(INTERRUPTED_EXIT_CODE);
  const restoreSignals = onStopSignals(options.managed === true ? { stop: leave, abort: leave } : { stop, abort });
  const unwatch = options.managed === true ? watchParent(() => process.exit(1)) : leave;
  try {
    log.info({ event: 'coordinator.looked-for' }, `looking for the coordinator at ${coordinator}`);
    if (communication.metricsUrl !== undefined)
      log.info({ event: 'metrics.listening' }, `metrics at ${communication.metricsUrl}`);
    const { runId, configJson } = await communication.join();
    hasJoined = true;
    const config: RunConfig = checkConfig(JSON.parse(configJson), 'the coordinator’s configuration');
    confineData(config, options.dataRoot);
    log.level = config.log.level;
    log.context.runId = runId;
    log.info({ event: 'run.joined', runId }, `joined run ${runId} as ${name}`);
    const faults = faultPoint(name);
    faults('joining', 0);
    const prepared = await prepareWorker({
      ...{ name, config, communication, device, log, options },
      faultPoint: faults,
    });
    await trainGenerations(prepared);
    log.info({ event: 'run.ended' }, 'the run has ended');
  } catch (error) {
    throw await reportFailure(communication, error, log);
  } finally {
    restoreSignals();
    unwatch();
    await communication.close();
    terminal.close();
  }
}
