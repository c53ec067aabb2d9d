import { getStatus } from '@tandem/rpc';
import { Command } from 'commander';
import { addSecurityFlags, securityOf, type SecurityFlags } from '../security-flags.js';
import { statusText } from '../status-text.js';
import { statusJson, watchAsText } from '../watch/watch-as-text.js';
import { watchStatus } from '../watch/watch-status.js';

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
      const ask = () => getStatus(address, { security });
      if (watch) return watchAsText({ address, json, ask });
      const status = await ask();
      process.stdout.write(json ? statusJson(status) : `${statusText(status)}\n`);
    });
}
