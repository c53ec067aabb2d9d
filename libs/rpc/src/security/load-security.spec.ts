import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, initCertificates, issueCertificate, issueInto } from '@tandem/certificates';
import { type ClusterRole, ConfigurationError } from '@tandem/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSecurity, type SecurityFiles } from './load-security.js';

let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tandem-security-'));
  await initCertificates({ directory, force: false, authorityDays: 100, days: 100, hosts: [] });
  const issue = (name: string, days: number) =>
    issueInto({ directory, name, roles: ['worker'], hosts: [], days, force: false });
  await Promise.all([issue('node-a', 100), issue('expired', -1), issue('ending', 3)]);
  const stranger = await issueCertificate(await createAuthority(1), {
    name: 'x',
    roles: ['worker'],
    hosts: [],
    days: 1,
  });
  writeFileSync(join(directory, 'stranger.pem'), stranger.certificatePem);
  writeFileSync(join(directory, 'stranger-key.pem'), stranger.privateKeyPem);
  writeFileSync(join(directory, 'short'), 'secret\n');
  writeFileSync(join(directory, 'other-token'), 'another-token-of-the-run\n');
});
afterAll(() => rmSync(directory, { recursive: true }));

const at = (name: string) => join(directory, name);
const load = (files: SecurityFiles, environment: Record<string, string> = {}, roles: ClusterRole[] = ['worker']) =>
  loadSecurity(files, roles, environment);
const token = () => readFileSync(at('token'), 'utf8').trim();

describe('loadSecurity', () => {
  it('has nothing where nothing is given', () => {
    expect(load({})).toEqual({ security: { tls: undefined, token: undefined, insecure: false }, notices: [] });
  });

  it('reads a folder that was issued, its token too, by flag or environment', () => {
    for (const loaded of [load({ certs: at('node-a') }), load({}, { TANDEM_CERTS: at('node-a') })]) {
      expect(loaded.security.token).toBe(token());
      expect(loaded.security.tls).toEqual({
        certificate: readFileSync(at('node-a/cert.pem'), 'utf8'),
        key: readFileSync(at('node-a/key.pem'), 'utf8'),
        authority: readFileSync(at('authority/ca.pem'), 'utf8'),
      });
      expect(loaded.notices).toEqual([]);
    }
  });

  it('reads a Kubernetes secret of type kubernetes.io/tls', async () => {
    await issueInto({ directory, name: 'pod', roles: ['worker'], hosts: [], days: 100, force: false });
    for (const [ours, theirs] of [
      ['cert.pem', 'tls.crt'],
      ['key.pem', 'tls.key'],
      ['ca.pem', 'ca.crt'],
    ] as const)
      renameSync(at(`pod/${ours}`), at(`pod/${theirs}`));
    expect(load({ certs: at('pod') }).security.tls?.certificate).toBe(readFileSync(at('pod/tls.crt'), 'utf8'));
  });

  it('takes a token from its own file or variable first', () => {
    expect(load({ certs: at('node-a'), tokenFile: at('other-token') }).security.token).toBe('another-token-of-the-run');
    expect(load({ certs: at('node-a') }, { TANDEM_TOKEN: 'a-token-in-the-environment' }).security.token).toBe(
      'a-token-in-the-environment',
    );
    expect(load({}, { TANDEM_TOKEN_FILE: at('other-token') }).security.token).toBe('another-token-of-the-run');
  });

  it('tells of a certificate that ends soon', () => {
    expect(load({ certs: at('ending') }).notices).toMatchObject([
      expect.stringMatching(/ending\/cert\.pem is valid only until/),
    ]);
  });

  it.each([
    [
      'a missing folder',
      { certs: 'nowhere' },
      'TANDEM_TLS_FILES',
      /nowhere\/cert\.pem: the certificate cannot be read/,
    ],
    ['one file alone', { tlsCert: 'node-a/cert.pem' }, 'TANDEM_TLS_FILES', /--tls-key is missing/],
    [
      'what is no certificate',
      { certs: 'node-a', tlsCert: 'other-token' },
      'TANDEM_TLS_FILES',
      /certificate, key and authority are not all PEM/,
    ],
    ['another’s key', { certs: 'node-a', tlsKey: 'stranger-key.pem' }, 'TANDEM_TLS_FILES', /the key is not that of/],
    [
      'another’s authority',
      { certs: 'node-a', tlsCert: 'stranger.pem', tlsKey: 'stranger-key.pem' },
      'TANDEM_TLS_FILES',
      /is not of the authority beside it/,
    ],
    ['an expired certificate', { certs: 'expired' }, 'TANDEM_TLS_EXPIRED', /has expired on \d{4}-\d\d-\d\dT/],
    [
      'a certificate for another role',
      { certs: 'coordinator' },
      'TANDEM_TLS_ROLE',
      /is for coordinator \(coordinator\)\. Expected one for a worker\. Issue one: tandem certs issue NAME --role worker/,
    ],
    ['a short token', { tokenFile: 'short' }, 'TANDEM_TOKEN', /short: the join token has 6 characters/],
    ['a missing token', { tokenFile: 'nowhere' }, 'TANDEM_TOKEN', /the file of the join token cannot be read/],
  ])('refuses %s', (_, files, code, message) => {
    const absolute = Object.fromEntries(Object.entries(files).map(([key, name]) => [key, at(name)]));
    let thrown: unknown;
    try {
      load(absolute);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigurationError);
    expect(thrown).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect((thrown as Error).message).not.toContain('secret');
  });
});
