import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClusterRole, ConfigurationError } from '@tandem/core';
import { createAuthority, readAuthority } from './authority.js';
import { issueCertificate } from './issue-certificate.js';
import { writePrivately } from './write-privately.js';

const AUTHORITY_FOLDER = 'authority';
const TOKEN_BYTES = 32;

export interface InitOptions {
  readonly directory: string;
  readonly force: boolean;
  readonly authorityDays: number;
  readonly days: number;
  /** Of the coordinator. */
  readonly hosts: readonly string[];
}

export interface IssueIntoOptions {
  readonly directory: string;
  readonly name: string;
  readonly roles: readonly ClusterRole[];
  readonly hosts: readonly string[];
  readonly days: number;
  readonly force: boolean;
}

/** What one member needs, and nothing more: ca.pem, cert.pem, key.pem and the join token. */
export interface IssuedFolder {
  readonly folder: string;
  readonly notAfter: Date;
}

/**
 * Makes DIR/authority, DIR/token and the coordinator's folder. Throws a ConfigurationError: `TANDEM_CERTS_EXISTS`,
 * `TANDEM_CERTS_WRITE`.
 */
export async function initCertificates(options: InitOptions): Promise<IssuedFolder> {
  const { directory, force, authorityDays, days, hosts } = options;
  const authority = await createAuthority(authorityDays);
  writePrivately(
    join(directory, AUTHORITY_FOLDER),
    { 'ca.pem': authority.certificatePem, 'ca-key.pem': authority.privateKeyPem },
    force,
  );
  writePrivately(directory, { token: `${randomBytes(TOKEN_BYTES).toString('hex')}\n` }, force);
  return issueInto({ directory, name: 'coordinator', roles: ['coordinator'], hosts, days, force });
}

/**
 * Makes DIR/NAME. Throws a ConfigurationError: `TANDEM_CERTS_NAME`, `TANDEM_CERTS_AUTHORITY`, `TANDEM_CERTS_EXISTS`,
 * `TANDEM_CERTS_WRITE`.
 */
export async function issueInto(options: IssueIntoOptions): Promise<IssuedFolder> {
  const { directory, name, roles, hosts, days, force } = options;
  for (const host of [name, ...hosts]) checkHost(host);
  const place = join(directory, AUTHORITY_FOLDER);
  if (name === AUTHORITY_FOLDER || !existsSync(join(place, 'ca-key.pem')))
    throw new ConfigurationError({
      code: name === AUTHORITY_FOLDER ? 'TANDEM_CERTS_NAME' : 'TANDEM_CERTS_AUTHORITY',
      what: name === AUTHORITY_FOLDER ? `"${name}" is the authority’s own folder` : 'there is no authority',
      where: place,
      remedy: name === AUTHORITY_FOLDER ? 'Choose another name.' : `Make it with \`tandem certs init ${directory}\`.`,
    });
  const read = (file: string) => readFileSync(join(directory, file), 'utf8');
  const authority = await readAuthority(
    read(`${AUTHORITY_FOLDER}/ca.pem`),
    read(`${AUTHORITY_FOLDER}/ca-key.pem`),
    place,
  );
  const issued = await issueCertificate(authority, { name, roles, hosts, days });
  const folder = join(directory, name);
  const files = {
    'ca.pem': authority.certificatePem,
    'cert.pem': issued.certificatePem,
    'key.pem': issued.privateKeyPem,
    ...(existsSync(join(directory, 'token')) && { token: read('token') }),
  };
  writePrivately(folder, files, force);
  return { folder, notAfter: issued.notAfter };
}

/** Names become folders and, like hosts, stand in certificates: what a host name or an address may be. */
function checkHost(host: string): void {
  if (/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(host) || /^[0-9A-Fa-f:.]{2,45}$/.test(host)) return;
  throw new ConfigurationError({
    code: 'TANDEM_CERTS_NAME',
    what: `"${host}" is not a name for a certificate`,
    expected: 'up to 63 letters, digits, dots, hyphens and underscores, or an IP address',
  });
}
