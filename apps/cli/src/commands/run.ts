import { type RunOutcome, startCoordinator } from '@tandem/coordinator';
import { ConfigurationError, RunError, INTERRUPTED_EXIT_CODE, onStopSignals } from '@tandem/core';
import { Terminal } from '@tandem/observability';
import { Command, Option } from 'commander';
import { nonNegativeInteger, positiveInteger } from '../arguments.js';
import { conclude } from '../conclude.js';
import { lastLines } from '../last-lines.js';
import { type EndedWorker, LocalWorkers } from '../local-workers.js';
import { addSecurityFlags, credentialArguments, securityOf, type SecurityFlags } from '../security-flags.js';
import { addRunFlags, coordinatorOptions, loadRunConfig, type RunFlags } from '../run-flags.js';
import { WorkerRestarts } from '../worker-restarts.js';

/** A worker whose process ended has so long for its last words to reach the coordinator before it is given up. */
const LAST_WORDS_MS = 500;

/** Lines of a failed worker's output that are shown. */
const SHOWN_LINES = 15;

interface LocalRunFlags extends RunFlags, SecurityFlags {
  readonly workers: number;
  readonly threads?: number;
  readonly device: 'cpu' | 'gpu';
  readonly maxRestarts: number;
}

/** `tandem run`: a coordinator in this process and N workers beside it. */
export function runCommand(): Command {
  return addSecurityFlags(addRunFlags(new Command('run')))
    .description('train on this machine: a coordinator and N workers')
    .requiredOption('--workers <n>', 'worker processes', positiveInteger)
    .option('--threads <t>', 'TensorFlow threads a worker, sets cluster.threads', positiveInteger)
    .addOption(
      new Option('--device <device>', 'gpu: worker K gets the K-th GPU').choices(['cpu', 'gpu']).default('cpu'),
    )
    .option(
      '--max-restarts <n>',
      'a worker whose process ends while the others train is started again, so many times',
      nonNegativeInteger,
      3,
    )
    .addHelpText(
      'after',
      '\nCtrl-C writes a checkpoint and ends with 0; a second one ends at once with 130.' +
        '\n\nExamples:\n  tandem run --config examples/fashion-mnist.yaml --workers 2 --out runs/fashion' +
        '\n  tandem run --config examples/fashion-mnist.yaml --workers 2 --out runs/look --max-steps 20 --timeline look.json',
    )
    .action(async (flags: LocalRunFlags) => {
      process.exitCode = await runLocally(flags);
    });
}

async function runLocally(flags: LocalRunFlags): Promise<number> {
  const terminal = new Terminal();
  const config = loadRunConfig(flags, flags.threads === undefined ? [] : [`cluster.threads=${flags.threads}`]);
  const options = coordinatorOptions(flags);
  const { runDirectory } = options;
  const coordinator = await startCoordinator({
    config,
    listen: '127.0.0.1:0',
    worldSize: flags.workers,
    security: securityOf(flags, ['coordinator', 'worker']),
    terminal,
    // A process that hangs, or that nobody hears any more, ends here: another one takes its place.
    onWorkerLost: (name) => workers.kill(name),
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
  const ended: EndedWorker[] = [];
  let over = false;
  const workers = new LocalWorkers({
    count: flags.workers,
    address: coordinator.address,
    runDirectory,
    device: flags.device,
    credentials: credentialArguments(flags),
    metricsListen: flags.metricsListen,
    onExit: (worker) => {
      ended.push(worker);
      if (!over) setTimeout(() => restart(worker), LAST_WORDS_MS).unref();
    },
  });
  // Whatever ends this process, by an exception or by process.exit, takes its workers along.
  const killWorkers = () => workers.kill();
  process.once('exit', killWorkers);
  const ignoreSignals = onStopSignals({
    stop: (signal) => coordinator.requestStop(`${signal}; once more to end at once`),
    abort: () => {
      terminal.close();
      process.exit(INTERRUPTED_EXIT_CODE);
    },
  });
  try {
    const outcome = await coordinator.outcome;
    over = true;
    await workers.end();
    showFailedWorker(outcome, ended, terminal);
    return conclude(outcome, runDirectory, terminal);
  } finally {
    await coordinator.close();
    ignoreSignals();
    process.off('exit', killWorkers);
    terminal.close();
  }
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

/** What the worker at fault printed last, and how its process ended. */
function showFailedWorker({ result, worker }: RunOutcome, ended: readonly EndedWorker[], terminal: Terminal): void {
  if (result !== 'failed') return;
  const failed = ended.findLast(({ name }) => name === worker);
  if (failed === undefined) return;
  const lines = lastLines(failed.logFile, SHOWN_LINES);
  const last = lines.length === 0 ? `${failed.logFile} is empty.` : `The last lines of ${failed.logFile}:`;
  terminal.writeLine(`${failed.name} ${failed.how}. ${last}`);
  for (const line of lines) terminal.writeLine(`  ${line}`);
}
