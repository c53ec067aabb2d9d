import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { ConfigurationError } from '@tandem/core';
import { importPrivateKey, makeKeyPair, privateKeyPem, SIGNING } from './key-pair.js';
import { validFor } from './validity.js';

/** A cluster's own certificate authority: whom it has signed belongs to the cluster, and nobody else does. */
export interface Authority {
  readonly certificate: X509Certificate;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly signingKey: webcrypto.CryptoKey;
}

export async function createAuthority(days: number): Promise<Authority> {
  const keys = await makeKeyPair();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ O: ['Tandem'] }, { CN: ['Tandem cluster authority'] }],
    ...validFor(days),
    signingAlgorithm: SIGNING,
    keys,
    extensions: [
      // Signs certificates of members, not of other authorities.
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    certificate,
    certificatePem: `${certificate.toString('pem')}\n`,
    privateKeyPem: await privateKeyPem(keys.privateKey),
    signingKey: keys.privateKey,
  };
}

/** Throws a ConfigurationError (`TANDEM_CERTS_AUTHORITY`) for what is none, or has expired. */
export async function readAuthority(certificatePem: string, keyPem: string, where: string): Promise<Authority> {
  let certificate: X509Certificate;
  let signingKey: webcrypto.CryptoKey;
  try {
    certificate = new X509Certificate(certificatePem);
    signingKey = await importPrivateKey(keyPem);
  } catch (cause) {
    throw unusable('the authority’s certificate or key cannot be read', where, cause);
  }
  if (certificate.notAfter.getTime() <= Date.now())
    throw unusable(`the authority has expired on ${certificate.notAfter.toISOString()}`, where);
  return { certificate, certificatePem, privateKeyPem: keyPem, signingKey };
}

function unusable(what: string, where: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_CERTS_AUTHORITY',
    what,
    where,
    remedy: '`tandem certs init --force` makes a new one, and all certificates must then be issued anew.',
    cause,
  });
}
