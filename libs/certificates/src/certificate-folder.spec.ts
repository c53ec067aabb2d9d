import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClusterRole, ConfigurationError } from '@tandem/core';
import { initCertificates, issueInto } from './certificate-folder.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tandem-certs-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const init = (force = false) =>
  initCertificates({ directory, force, authorityDays: 100, days: 30, hosts: ['10.0.0.1'] });
const issue = (
  name: string,
  changes: { roles?: ClusterRole[]; days?: number; force?: boolean; hosts?: string[] } = {},
) => issueInto({ directory, name, roles: ['worker'], hosts: [], days: 30, force: false, ...changes });
const certificate = (file: string) => new X509Certificate(readFileSync(join(directory, file)));

describe('certificates', () => {
  it('are signed by the cluster’s authority, for their holder’s roles and hosts', async () => {
    await init();
    await issue('node-a', { roles: ['worker', 'observer'] });
    const authority = certificate('authority/ca.pem');
    expect(authority.ca).toBe(true);
    const coordinator = certificate('coordinator/cert.pem');
    expect(coordinator.subject).toBe('O=tandem:coordinator\nCN=coordinator');
    expect(coordinator.subjectAltName).toBe('DNS:coordinator, IP Address:10.0.0.1');
    const worker = certificate('node-a/cert.pem');
    expect(worker.subject).toBe('O=tandem:worker\nO=tandem:observer\nCN=node-a');
    for (const issued of [coordinator, worker]) {
      expect(issued.ca).toBe(false);
      expect(issued.checkIssued(authority) && issued.verify(authority.publicKey)).toBe(true);
      const days = (Date.parse(issued.validTo) - Date.now()) / 86_400_000;
      expect(days).toBeCloseTo(30, 1);
    }
    expect(worker.serialNumber).not.toBe(coordinator.serialNumber);
  });

  it('come with what a member needs, for its owner’s eyes only', async () => {
    await init();
    await issue('node-a');
    for (const file of ['authority/ca-key.pem', 'token', 'node-a/key.pem', 'node-a/token', 'node-a/ca.pem'])
      expect([file, statSync(join(directory, file)).mode & 0o777]).toEqual([file, 0o600]);
    expect(statSync(join(directory, 'node-a')).mode & 0o777).toBe(0o700);
    const token = readFileSync(join(directory, 'token'), 'utf8');
    expect(token).toMatch(/^[0-9a-f]{64}\n$/);
    expect(readFileSync(join(directory, 'node-a/token'), 'utf8')).toBe(token);
    const key = readFileSync(join(directory, 'node-a/key.pem'));
    expect(certificate('node-a/cert.pem').checkPrivateKey(createPrivateKey(key))).toBe(true);
  });

  it('do not outlive their authority', async () => {
    await init();
    const { notAfter } = await issue('node-a', { days: 5000 });
    expect(notAfter.getTime()).toBe(Date.parse(certificate('authority/ca.pem').validTo));
  });

  it('are not overwritten, unless it is asked for', async () => {
    await init();
    const before = readFileSync(join(directory, 'authority/ca.pem'), 'utf8');
    await expect(init()).rejects.toMatchObject({ code: 'TANDEM_CERTS_EXISTS' });
    expect(readFileSync(join(directory, 'authority/ca.pem'), 'utf8')).toBe(before);
    await issue('node-a');
    await expect(issue('node-a')).rejects.toMatchObject({ code: 'TANDEM_CERTS_EXISTS' });
    await issue('node-a', { force: true });
    await init(true);
    expect(readFileSync(join(directory, 'authority/ca.pem'), 'utf8')).not.toBe(before);
  });

  it.each([
    ['a path', '../node-a', {}, 'TANDEM_CERTS_NAME', /"\.\.\/node-a" is not a name for a certificate/],
    ['the authority’s folder', 'authority', {}, 'TANDEM_CERTS_NAME', /is the authority’s own folder/],
    ['a host that is none', 'node-a', { hosts: ['a b'] }, 'TANDEM_CERTS_NAME', /"a b" is not/],
  ])('refuse %s', async (_, name, changes, code, message) => {
    await init();
    const thrown = await issue(name, changes).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(ConfigurationError);
    expect(thrown).toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  it('need an authority', async () => {
    await expect(issue('node-a')).rejects.toMatchObject({
      code: 'TANDEM_CERTS_AUTHORITY',
      message: expect.stringMatching(/there is no authority.*tandem certs init/) as string,
    });
  });
});
