import { checkEngineDevice, type EngineChoice } from '@tandem/model';
import { runWorker } from '@tandem/worker';
import { Command, Option } from 'commander';
import { positiveInteger } from '../arguments.js';
import { deviceOf } from '../device.js';
import { engineOption } from '../engine-flag.js';
import { addSecurityFlags, securityOf, type SecurityFlags } from '../security-flags.js';

interface WorkerFlags extends SecurityFlags {
  readonly coordinator: string;
  readonly name?: string;
  readonly device: string;
  readonly engine: EngineChoice;
  readonly threads?: number;
  readonly advertise?: string;
  readonly joinTimeout?: number;
  readonly dataRoot?: string;
  readonly modules?: string;
  readonly metricsListen?: string;
  readonly verbose?: boolean;
}

export function workerCommand(): Command {
  return addSecurityFlags(new Command('worker'))
    .description(
      'train one replica: join a coordinator, get the run’s configuration from it, and work until the run ends',
    )
    .requiredOption('--coordinator <host:port>', 'address of the coordinator; it may start later than the worker')
    .option('--name <name>', 'unique in the cluster (default: host name and process id)')
    .addOption(new Option('--device <device>', 'cpu, or gpu:K for the K-th GPU').default('cpu'))
    .addOption(engineOption())
    .option('--threads <n>', 'TensorFlow threads (default: the run’s cluster.threads)', positiveInteger)
    .option('--advertise <host>', 'host name or address at which the other workers reach this one')
    .option('--join-timeout <seconds>', 'how long to look for the coordinator (default: 600)', positiveInteger)
    .option('--data-root <dir>', 'read data in this folder only, whatever the configuration says')
    .option('--modules <dir>', 'where the configuration’s model.module may be loaded from (default: nowhere)')
    .option('--metrics-listen <host:port>', 'serve Prometheus’ /metrics, and /health, there (docs/metrics.md)')
    .option('--verbose', 'show TensorFlow’s own start-up messages')
    .addHelpText('after', '\nExample:\n  tandem worker --coordinator 10.0.0.1:7000 --device gpu:0 --name node-a-0')
    .action(async (flags: WorkerFlags) => {
      const device = deviceOf(flags.device);
      // Not when a coordinator has been found, which may be in ten minutes.
      checkEngineDevice({ choice: flags.engine, device });
      await runWorker({
        coordinator: flags.coordinator,
        security: securityOf(flags, ['worker']),
        device,
        engine: flags.engine,
        managed: process.env['TANDEM_MANAGED'] === '1',
        ...(process.env['TANDEM_LOG_FILE'] !== undefined && { logFile: process.env['TANDEM_LOG_FILE'] }),
        ...(flags.name !== undefined && { name: flags.name }),
        ...(flags.threads !== undefined && { threads: flags.threads }),
        ...(flags.advertise !== undefined && { advertiseHost: flags.advertise }),
        ...(flags.joinTimeout !== undefined && { joinTimeoutMs: flags.joinTimeout * 1000 }),
        ...(flags.dataRoot !== undefined && { dataRoot: flags.dataRoot }),
        ...(flags.modules !== undefined && { modules: flags.modules }),
        ...(flags.metricsListen !== undefined && { metricsListen: flags.metricsListen }),
        ...(flags.verbose === true && { verbose: true }),
      });
    });
}
