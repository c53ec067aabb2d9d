import { availableParallelism, hostname } from 'node:os';
import { type RunOutcome, startCoordinator } from '@tandem/coordinator';
import { ConfigurationError, RunError, INTERRUPTED_EXIT_CODE, onStopSignals } from '@tandem/core';
import type { EngineChoice } from '@tandem/model';
import { Terminal } from '@tandem/observability/logging';
import { visibleGpuCount } from '@tandem/runtime';
import { Command, Option } from 'commander';
import { gpuNumbers, nonNegativeInteger, positiveIntegerOrAuto } from '../arguments.js';
import { conclude } from '../conclude.js';
import { engineOption } from '../engine-flag.js';
import { failureSummary } from '../launching/failure-summary.js';
import { type Placement, placeWorkers } from '../launching/placement.js';
import { WorkerPrefix } from '../launching/worker-prefix.js';
import { lastLines } from '../last-lines.js';
import { type EndedWorker, LocalWorkers } from '../local-workers.js';
import { addSecurityFlags, credentialArguments, securityOf, type SecurityFlags } from '../security-flags.js';
import { addRunFlags, coordinatorOptions, loadRunConfig, modulesFolder, type RunFlags } from '../run-flags.js';
import { WorkerRestarts } from '../worker-restarts.js';

/** A worker whose process ended has so long for its last words to reach the coordinator before it is given up. */
const LAST_WORDS_MS = 500;

/** Lines of a failed worker's output that are shown. */
const SHOWN_LINES = 15;

interface LocalRunFlags extends RunFlags, SecurityFlags {
  readonly workers: number | 'auto';
  readonly threads?: number | 'auto';
  readonly device: 'cpu' | 'gpu';
  readonly engine: EngineChoice;
  readonly gpus?: readonly number[] | 'all';
  readonly tee?: boolean;
  readonly maxRestarts: number;
  readonly modules?: string;
}

/** `tandem run`: a coordinator in this process and N workers beside it. */
export function runCommand(): Command {
  return addSecurityFlags(addRunFlags(new Command('run')))
    .description('train on this machine: a coordinator and N workers')
    .option(
      '--workers <n|auto>',
      'worker processes; auto: one a GPU, or as many as the cores have room for',
      positiveIntegerOrAuto,
      'auto',
    )
    .option(
      '--threads <t|auto>',
      'TensorFlow threads a worker, sets cluster.threads; auto: the cores, divided among the workers',
      positiveIntegerOrAuto,
    )
    .addOption(
      new Option('--device <device>', 'gpu: worker K gets the K-th GPU').choices(['cpu', 'gpu']).default('cpu'),
    )
    .addOption(engineOption())
    .option('--gpus <list|all>', 'one worker on each of these GPUs, such as 0,1', gpuNumbers)
    .option('--tee', 'show what the workers print, each line with the worker’s name before it')
    .option(
      '--max-restarts <n>',
      'a worker whose process ends while the others train is started again, so many times',
      nonNegativeInteger,
      3,
    )
    .option(
      '--modules <dir>',
      'where the configuration’s model.module may be loaded from (default: this folder, then that of --config)',
    )
    .addHelpText(
      'after',
      '\nCtrl-C writes a checkpoint and ends with 0; a second one ends at once with 130.' +
        '\n\nExamples:\n  tandem run --config examples/fashion-mnist.yaml --workers 2 --out runs/fashion' +
        '\n  tandem run --config examples/elpv-paper.yaml --gpus 0,1 --out runs/gpus --tee' +
        '\n  tandem run --config examples/fashion-mnist.yaml --workers 2 --out runs/look --max-steps 20 --timeline look.json',
    )
    .action(async (flags: LocalRunFlags) => {
      process.exitCode = await runLocally(flags);
    });
}

async function runLocally(flags: LocalRunFlags): Promise<number> {
  const terminal = new Terminal();
  const { devices, threads, notices } = placementOf(flags);
  const { minWorkers } = loadRunConfig(flags).cluster;
  const config = loadRunConfig(flags, [
    ...(flags.threads === undefined ? [] : [`cluster.threads=${threads}`]),
    // Nobody else can come: with fewer than the floor it would wait for them in vain.
    ...(minWorkers > devices.length ? [`cluster.minWorkers=${devices.length}`] : []),
  ]);
  for (const notice of notices) terminal.writeLine(`tandem: ${notice}`);
  const options = coordinatorOptions(flags);
  const modules = modulesFolder(config, flags.config, flags.modules);
  const { runDirectory } = options;
  const coordinator = await startCoordinator({
    config,
    listen: '127.0.0.1:0',
    worldSize: devices.length,
    security: securityOf(flags, ['coordinator', 'worker']),
    terminal,
    // A process that hangs, or that nobody hears any more, ends here: another one takes its place.
    onWorkerLost: (name) => workers.kill(name),
    ...(modules !== undefined && { modules }),
    ...options,
  });
  const restarts = new WorkerRestarts(flags.maxRestarts);
  const restart = (worker: EndedWorker) => {
    if (over || coordinator.isOver) return;
    const { minWorkers } = config.cluster;
    const remedy = restarts.remedy(worker, {
      hasStarted: coordinator.hasStarted,
      running: workers.running,
      minWorkers,
    });
    if (remedy === 'fail') return coordinator.fail(endedEarly(worker), worker.name);
    const next = remedy === 'restart' ? 'it is started again' : 'the others go on without it (--max-restarts)';
    terminal.writeLine(`${worker.name} ${worker.how}: ${next}. Its output is in ${worker.logFile}`);
    if (remedy === 'restart') workers.restart(worker.name);
  };
  const prefix = flags.tee === true ? new WorkerPrefix(devices.length, terminal.hasColours) : undefined;
  const ended: EndedWorker[] = [];
  let over = false;
  const workers = new LocalWorkers({
    devices,
    engine: flags.engine,
    address: coordinator.address,
    runDirectory,
    credentials: credentialArguments(flags),
    modules,
    metricsListen: flags.metricsListen,
    onLine: prefix && ((name, line) => terminal.writeLine(prefix.before(name, line))),
    onExit: (worker) => {
      ended.push(worker);
      if (!over) setTimeout(() => restart(worker), LAST_WORDS_MS).unref();
    },
  });
  // Whatever ends this process, by an exception or by process.exit, takes its workers along.
  const killWorkers = () => workers.kill();
  process.once('exit', killWorkers);
  const ignoreSignals = onStopSignals({
    stop: (signal) => {
      coordinator.requestStop(signal);
      terminal.writeLine(`tandem: ${signal} once more ends at once, without a checkpoint`);
    },
    abort: () => {
      terminal.close();
      process.exit(INTERRUPTED_EXIT_CODE);
    },
  });
  try {
    const outcome = await coordinator.outcome;
    over = true;
    await workers.end();
    for (const line of showFailure(outcome, ended)) terminal.writeLine(line);
    return conclude(outcome, runDirectory, terminal);
  } finally {
    await coordinator.close();
    ignoreSignals();
    process.off('exit', killWorkers);
    terminal.close();
  }
}

/** Which workers on what. */
function placementOf(flags: LocalRunFlags): Placement {
  const { training, cluster } = loadRunConfig(flags);
  const useful = training.microBatches ?? training.globalBatch;
  return placeWorkers({
    workers: flags.workers,
    threads: flags.threads ?? cluster.threads,
    device: flags.gpus === undefined ? flags.device : 'gpu',
    gpus: flags.gpus === 'all' ? undefined : flags.gpus,
    cores: availableParallelism(),
    visibleGpus: flags.device === 'gpu' || flags.gpus !== undefined ? visibleGpuCount() : undefined,
    mostWorkers: Math.min(useful, cluster.maxWorkers ?? Infinity),
  });
}

function endedEarly({ name, how, logFile, exitCode }: EndedWorker): ConfigurationError | RunError {
  const details = {
    code: 'TANDEM_WORKER_EXITED',
    what: `${name} ${how}`,
    remedy: `See ${logFile}.`,
    context: { worker: name },
  };
  return exitCode === 2 ? new ConfigurationError(details) : new RunError(details);
}

/** The root cause, and what the worker at fault printed last. */
function showFailure({ result, error, failedAt, worker, step }: RunOutcome, ended: readonly EndedWorker[]): string[] {
  if (result !== 'failed' || error === undefined || failedAt === undefined) return [];
  const failed = ended.findLast(({ name }) => name === worker);
  const last = failed === undefined ? [] : lastLines(failed.logFile, SHOWN_LINES);
  return failureSummary({ error, worker, failedAt, step, host: hostname(), ended, lastLines: last });
}
