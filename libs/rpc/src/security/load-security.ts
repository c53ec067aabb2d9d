import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClusterRole, ConfigurationError } from '@tandem/core';
import { describeHolder, rolesOf } from './roles.js';
import type { Security, TlsIdentity } from './security.js';

/** Where a process's credentials are. All are optional; each comes from its flag or else from its environment variable. */
export interface SecurityFiles {
  /** A folder that `tandem certs issue` made, or a Kubernetes secret of type kubernetes.io/tls. TANDEM_CERTS. */
  readonly certs?: string | undefined;
  /** TANDEM_TLS_CERT, TANDEM_TLS_KEY, TANDEM_TLS_CA: instead of those in `certs`. */
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsCa?: string | undefined;
  /** TANDEM_TOKEN_FILE; TANDEM_TOKEN has the token itself. Default: `token` in `certs`, where there is one. */
  readonly tokenFile?: string | undefined;
  readonly insecure?: boolean | undefined;
}

export interface LoadedSecurity {
  readonly security: Security;
  /** What a person should know before it goes on: a certificate that ends soon. */
  readonly notices: readonly string[];
}

/** A certificate that ends so soon is told of. */
const EXPIRY_NOTICE_MS = 14 * 86_400_000;

const TOKEN = /^[\x21-\x7e]{16,512}$/;

/**
 * Reads and checks what a process is known by. Throws a ConfigurationError: `TANDEM_TLS_FILES` (missing, unreadable or not
 * belonging together), `TANDEM_TLS_EXPIRED`, `TANDEM_TLS_ROLE`, `TANDEM_TOKEN`.
 *
 * @param roles what the certificate must be for: all of them
 */
export function loadSecurity(
  files: SecurityFiles,
  roles: readonly ClusterRole[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): LoadedSecurity {
  const setting = (flag: string | undefined, variable: string) => flag ?? (environment[variable] || undefined);
  const certs = setting(files.certs, 'TANDEM_CERTS');
  const paths = {
    certificate: setting(files.tlsCert, 'TANDEM_TLS_CERT') ?? inFolder(certs, 'cert.pem', 'tls.crt'),
    key: setting(files.tlsKey, 'TANDEM_TLS_KEY') ?? inFolder(certs, 'key.pem', 'tls.key'),
    authority: setting(files.tlsCa, 'TANDEM_TLS_CA') ?? inFolder(certs, 'ca.pem', 'ca.crt'),
  };
  const tls = Object.values(paths).some((path) => path !== undefined) ? readIdentity(paths) : undefined;
  const notices = tls === undefined ? [] : checkIdentity(tls, paths.certificate!, roles);
  return { security: { tls, token: readToken(files, certs, environment), insecure: files.insecure === true }, notices };
}

/** The first of the names that is there, or the first. */
function inFolder(folder: string | undefined, ...names: readonly [string, ...string[]]): string | undefined {
  if (folder === undefined) return undefined;
  return join(folder, names.find((name) => existsSync(join(folder, name))) ?? names[0]);
}

function readIdentity(paths: Readonly<Record<keyof TlsIdentity, string | undefined>>): TlsIdentity {
  const names = { certificate: '--tls-cert', key: '--tls-key', authority: '--tls-ca' } as const;
  const read = (what: keyof TlsIdentity): string => {
    const path = paths[what];
    if (path === undefined)
      throw unusable(
        `${names[what]} is missing`,
        undefined,
        'Give --tls-cert, --tls-key and --tls-ca together, or --certs.',
      );
    try {
      return readFileSync(path, 'utf8');
    } catch (cause) {
      throw unusable(
        `the ${what} cannot be read`,
        path,
        'Give a folder that `tandem certs issue` made with --certs.',
        cause,
      );
    }
  };
  return { certificate: read('certificate'), key: read('key'), authority: read('authority') };
}

function checkIdentity(identity: TlsIdentity, where: string, roles: readonly ClusterRole[]): string[] {
  let certificate: X509Certificate;
  let authority: X509Certificate;
  let key: KeyObject;
  try {
    certificate = new X509Certificate(identity.certificate);
    authority = new X509Certificate(identity.authority);
    key = createPrivateKey(identity.key);
  } catch (cause) {
    throw unusable(
      'certificate, key and authority are not all PEM',
      where,
      'Issue them anew (tandem certs issue).',
      cause,
    );
  }
  if (!certificate.checkPrivateKey(key))
    throw unusable('the key is not that of the certificate', where, 'Give files that were issued together.');
  // A chain by way of other authorities is for TLS to follow.
  const alone = identity.certificate.split('BEGIN CERTIFICATE').length === 2;
  if (alone && !(certificate.checkIssued(authority) && certificate.verify(authority.publicKey)))
    throw unusable('the certificate is not of the authority beside it', where, 'Give files that were issued together.');
  for (const [whose, { validTo }] of [
    ['the certificate', certificate],
    ['the authority', authority],
  ] as const)
    if (Date.parse(validTo) <= Date.now())
      throw new ConfigurationError({
        code: 'TANDEM_TLS_EXPIRED',
        what: `${whose} has expired on ${new Date(validTo).toISOString()}`,
        where,
        remedy: 'Issue it anew (tandem certs issue NAME --force).',
      });
  const holder = certificate.toLegacyObject();
  const lacking = roles.filter((role) => !rolesOf(holder).includes(role));
  if (lacking.length > 0)
    throw new ConfigurationError({
      code: 'TANDEM_TLS_ROLE',
      what: `the certificate is for ${describeHolder(holder)}`,
      where,
      expected: `one for a ${roles.join(' and ')}`,
      remedy: `Issue one: tandem certs issue NAME --role ${roles.join(' ')}.`,
    });
  const ends = new Date(certificate.validTo);
  const soon = ends.getTime() - Date.now() < EXPIRY_NOTICE_MS;
  return soon ? [`the certificate ${where} is valid only until ${ends.toISOString()}`] : [];
}

function readToken(
  { tokenFile }: SecurityFiles,
  certs: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const direct = tokenFile === undefined ? environment['TANDEM_TOKEN'] || undefined : undefined;
  if (direct !== undefined) return checkToken(direct, 'TANDEM_TOKEN');
  const named = tokenFile ?? (environment['TANDEM_TOKEN_FILE'] || undefined);
  const file = named ?? (certs === undefined ? undefined : join(certs, 'token'));
  if (file === undefined || (named === undefined && !existsSync(file))) return undefined;
  try {
    return checkToken(readFileSync(file, 'utf8').trim(), file);
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause;
    throw badToken('the file of the join token cannot be read', file, cause);
  }
}

/** What the token is must not stand in the error. */
function checkToken(token: string, where: string): string {
  if (TOKEN.test(token)) return token;
  throw badToken(`the join token has ${token.length} characters, or some that cannot be sent`, where);
}

function badToken(what: string, where: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_TOKEN',
    what,
    where,
    expected: '16 to 512 printable characters without spaces',
    remedy: '`tandem certs init` makes one; so does `openssl rand -hex 32`.',
    cause,
  });
}

function unusable(what: string, where: string | undefined, remedy: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_TLS_FILES',
    what,
    ...(where !== undefined && { where }),
    remedy,
    cause,
  });
}
