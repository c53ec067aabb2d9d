import type { ClusterRole } from '@tandem/core';
import { loadSecurity, type Security, type SecurityFiles } from '@tandem/rpc';
import type { Command } from 'commander';

/** What every command that speaks to others has in common. No token on the command line: `ps` shows that to everybody. */
export type SecurityFlags = SecurityFiles;

export function addSecurityFlags(command: Command): Command {
  return command
    .option(
      '--certs <dir>',
      'what `tandem certs issue` made for this process: mutual TLS, and the join token (TANDEM_CERTS)',
    )
    .option('--tls-cert <file>', 'certificate, PEM (TANDEM_TLS_CERT)')
    .option('--tls-key <file>', 'its key, PEM (TANDEM_TLS_KEY)')
    .option('--tls-ca <file>', 'the authority of all peers, PEM (TANDEM_TLS_CA)')
    .option('--token-file <file>', 'the join token (TANDEM_TOKEN_FILE, or the token itself in TANDEM_TOKEN)')
    .option('--insecure', 'allow plaintext beyond this machine');
}

/**
 * Throws a ConfigurationError as loadSecurity does. Tells on stderr what a person should know.
 *
 * @param roles what the certificate must be for
 */
export function securityOf(flags: SecurityFlags, roles: readonly ClusterRole[]): Security {
  const { security, notices } = loadSecurity(flags, roles);
  for (const notice of notices) process.stderr.write(`tandem: ${notice}\n`);
  return security;
}

/** The flags again, for the workers of `tandem run`; what is in the environment they inherit. */
export function credentialArguments({ certs, tlsCert, tlsKey, tlsCa, tokenFile, insecure }: SecurityFlags): string[] {
  const given = {
    '--certs': certs,
    '--tls-cert': tlsCert,
    '--tls-key': tlsKey,
    '--tls-ca': tlsCa,
    '--token-file': tokenFile,
  };
  const files = Object.entries(given).flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]));
  return insecure === true ? [...files, '--insecure'] : files;
}
