import { resolve } from 'node:path';
import { type ClusterRole, clusterRoles } from '@tandem/core';
import { Command, Option } from 'commander';
import { collect, positiveInteger } from '../arguments.js';

const DEFAULT_FOLDER = 'certs';
const AUTHORITY_DAYS = 3_650;
const MEMBER_DAYS = 365;

interface IssueFlags {
  readonly host?: readonly string[];
  readonly days: number;
  readonly force?: boolean;
}

/** `tandem certs`: the certificates by which coordinator and workers know each other (SECURITY.md). */
export function certsCommand(): Command {
  return new Command('certs')
    .description('make the certificates and the join token of a cluster')
    .addCommand(initCommand())
    .addCommand(issueCommand());
}

function initCommand(): Command {
  return addIssueFlags(new Command('init'))
    .description('make an authority, a join token and the coordinator’s certificate')
    .argument('[dir]', 'where to', DEFAULT_FOLDER)
    .option('--authority-days <n>', 'how long the authority is valid', positiveInteger, AUTHORITY_DAYS)
    .addHelpText(
      'after',
      '\nDIR/authority and DIR/token stay where you issue certificates; nobody else needs the key in it.' +
        '\n\nExample:\n  tandem certs init --host coordinator.example.org',
    )
    .action(
      async (
        dir: string,
        { host = [], days, force = false, authorityDays }: IssueFlags & { authorityDays: number },
      ) => {
        // Loaded where it is used: no other command needs it.
        const { initCertificates } = await import('@tandem/certificates');
        const directory = resolve(dir);
        const { folder, notAfter } = await initCertificates({ directory, force, authorityDays, days, hosts: host });
        process.stdout.write(
          `The coordinator’s certificate is in ${folder}, valid until ${day(notAfter)}.\n` +
            `  tandem certs issue NAME --dir ${dir}        one for each machine with workers\n` +
            `  tandem coordinator … --certs ${folder}\n`,
        );
      },
    );
}

function issueCommand(): Command {
  return addIssueFlags(new Command('issue'))
    .description('issue a certificate, in a folder of its own to copy to its machine')
    .argument('<name>', 'whose: a machine, or any name')
    .option('--dir <dir>', 'what `tandem certs init` made', DEFAULT_FOLDER)
    .addOption(
      new Option('--role <role...>', 'what its holder may be').choices(clusterRoles).default(['worker'], 'worker'),
    )
    .addHelpText(
      'after',
      '\nAn observer may ask for the status and nothing else. `tandem run` needs one that is both: --role coordinator worker.' +
        '\n\nExample:\n  tandem certs issue node-a && scp -r certs/node-a node-a:tandem-certs' +
        '\n  node-a$ tandem worker --coordinator 10.0.0.1:7000 --certs tandem-certs',
    )
    .action(async (name: string, flags: IssueFlags & { dir: string; role: readonly ClusterRole[] }) => {
      const { dir, role: roles, host: hosts = [], days, force = false } = flags;
      const { issueInto } = await import('@tandem/certificates');
      const { folder, notAfter } = await issueInto({ directory: resolve(dir), name, roles, hosts, days, force });
      process.stdout.write(`The certificate of ${name} is in ${folder}, valid until ${day(notAfter)}.\n`);
    });
}

function addIssueFlags(command: Command): Command {
  return command
    .option(
      '--host <host>',
      'a host name or address that other gRPC clients find it by; may be given several times',
      collect,
    )
    .option('--days <n>', 'how long it is valid', positiveInteger, MEMBER_DAYS)
    .option('--force', 'replace what is there');
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
