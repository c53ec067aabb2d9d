import { delay, RunError } from '@tandem/core';
import { type ClusterStatus, getStatus, type Security } from '@tandem/rpc';
import { Command } from 'commander';
import { addSecurityFlags, securityOf, type SecurityFlags } from '../security-flags.js';
import { statusText } from '../status-text.js';
import { isOver, WATCH_INTERVAL_MS, watchStatus } from '../watch/watch-status.js';

interface StatusFlags extends SecurityFlags {
  readonly coordinator: string;
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** `tandem status`: what a coordinator says of its run, once or until the run ends. */
export function statusCommand(): Command {
  return addSecurityFlags(new Command('status'))
    .description('show the state of a run and its workers')
    .requiredOption('--coordinator <host:port>', 'address of the coordinator')
    .option('--watch', 'show it live until the run ends: on a terminal as a full screen, else as text every second')
    .option('--json', 'one JSON object a line, for scripts')
    .addHelpText(
      'after',
      '\nExamples:\n  tandem status --coordinator 127.0.0.1:7000\n  tandem status --coordinator coordinator:7000 --watch --certs node-a',
    )
    .action(async (flags: StatusFlags) => {
      const { coordinator: address, watch = false, json = false } = flags;
      const security = securityOf(flags, []);
      if (watch && !json && process.stdout.isTTY) return watchStatus({ address, security });
      const show = json ? showJson : showText;
      let status = await getStatus(address, { security });
      show(status);
      while (watch && !isOver(status)) {
        await delay(WATCH_INTERVAL_MS);
        const next = await statusUnlessGone(address, security);
        if (next === undefined) return showGone(json);
        status = next;
        show(status);
      }
    });
}

/** A coordinator that was there and is no more has ended its run: no error for one who watches. */
async function statusUnlessGone(coordinator: string, security: Security): Promise<ClusterStatus | undefined> {
  try {
    return await getStatus(coordinator, { security });
  } catch (error) {
    if (error instanceof RunError && error.code === 'TANDEM_NO_COORDINATOR') return undefined;
    throw error;
  }
}

function showJson({ detail: _, ...status }: ClusterStatus): void {
  process.stdout.write(`${JSON.stringify(status)}\n`);
}

function showText(status: ClusterStatus): void {
  process.stdout.write(`${statusText(status)}\n`);
}

function showGone(json: boolean): void {
  if (!json) process.stdout.write('The coordinator has ended.\n');
}
