import { hostname } from 'node:os';
import { onStopSignals } from '@tandem/core';
import { startCoordinator } from '@tandem/coordinator';
import { Terminal } from '@tandem/observability/logging';
import { Command } from 'commander';
import { failureSummary } from '../launching/failure-summary.js';
import { conclude } from '../conclude.js';
import { addSecurityFlags, securityOf, type SecurityFlags } from '../security-flags.js';
import { addRunFlags, coordinatorOptions, loadClusterConfig, type RunFlags } from '../run-flags.js';

interface CoordinatorFlags extends RunFlags, SecurityFlags {
  readonly listen: string;
}

/** `tandem coordinator`: leads one run; workers are started by hand or by a scheduler, before or after it. */
export function coordinatorCommand(): Command {
  return addSecurityFlags(addRunFlags(new Command('coordinator')))
    .description('lead a run: wait for workers, give them their configuration, keep the books and the checkpoints')
    .requiredOption('--listen <host:port>', 'address to listen at, such as 0.0.0.0:7000')
    .addHelpText(
      'after',
      '\nThe run starts when cluster.maxWorkers are there, or cluster.minWorkers and nobody has joined for cluster.settleMs.' +
        '\nCtrl-C writes a checkpoint and ends with 0; a second one ends at once with 130.' +
        '\n\nExamples:\n  tandem coordinator --config examples/elpv-demo.yaml --listen 0.0.0.0:7000 --out runs/elpv' +
        '\n  tandem coordinator --config examples/elpv-demo.yaml --listen 0.0.0.0:7000 --out runs/elpv --timeline elpv.json --timeline-steps 200-220',
    )
    .action(async (flags: CoordinatorFlags) => {
      const terminal = new Terminal();
      const options = coordinatorOptions(flags);
      const coordinator = await startCoordinator({
        config: loadClusterConfig(flags),
        listen: flags.listen,
        security: securityOf(flags, ['coordinator']),
        terminal,
        ...options,
      });
      const ignoreSignals = onStopSignals({
        stop: (signal) => coordinator.requestStop(`${signal} at the coordinator`),
        abort: (signal) => coordinator.abort(`${signal} at the coordinator, twice`),
      });
      try {
        const outcome = await coordinator.outcome;
        const { result, error, failedAt, worker, step } = outcome;
        if (result === 'failed' && error !== undefined && failedAt !== undefined) {
          const failed = { error, failedAt, worker, step, host: hostname(), ended: [], lastLines: [] };
          for (const line of failureSummary(failed)) terminal.writeLine(line);
        }
        process.exitCode = conclude(outcome, options.runDirectory, terminal);
      } finally {
        await coordinator.close();
        ignoreSignals();
        terminal.close();
      }
    });
}
