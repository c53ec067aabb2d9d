import { delay, RunError } from '@tandem/core';
import { type ClusterStatus, getStatus, type Security } from '@tandem/rpc';
import { Command } from 'commander';
import { addSecurityFlags, securityOf, type SecurityFlags } from '../security-flags.js';
import { statusText } from '../status-text.js';

const WATCH_INTERVAL_MS = 1_000;

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
    .option('--watch', 'show it every second until the run ends')
    .option('--json', 'one JSON object a line, for scripts')
    .addHelpText(
      'after',
      '\nExamples:\n  tandem status --coordinator 127.0.0.1:7000\n  tandem status --coordinator coordinator:7000 --watch --certs node-a',
    )
    .action(async (flags: StatusFlags) => {
      const { coordinator, watch = false, json = false } = flags;
      const security = securityOf(flags, []);
      const show = json ? showJson : watch && process.stdout.isTTY ? redraw() : showText;
      let status = await getStatus(coordinator, { security });
      show(status);
      while (watch && status.state !== 'finished' && status.state !== 'failed') {
        await delay(WATCH_INTERVAL_MS);
        const next = await statusUnlessGone(coordinator, security);
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

function showJson(status: ClusterStatus): void {
  process.stdout.write(`${JSON.stringify(status)}\n`);
}

function showText(status: ClusterStatus): void {
  process.stdout.write(`${statusText(status)}\n`);
}

function showGone(json: boolean): void {
  if (!json) process.stdout.write('The coordinator has ended.\n');
}

/** Draws over what it drew before. */
function redraw(): (status: ClusterStatus) => void {
  let drawn = 0;
  return (status) => {
    const text = statusText(status);
    process.stdout.write(`${drawn > 0 ? `\u001b[${drawn}A\u001b[0J` : ''}${text}\n`);
    drawn = text.split('\n').length;
  };
}
