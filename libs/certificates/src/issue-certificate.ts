import 'reflect-metadata';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { type ClusterRole, organizationOf } from '@tandem/core';
import type { Authority } from './authority.js';
import { makeKeyPair, privateKeyPem, SIGNING } from './key-pair.js';
import { validFor } from './validity.js';

export interface IssueOptions {
  readonly name: string;
  readonly roles: readonly ClusterRole[];
  /** Host names and addresses, for clients other than Tandem's, which check these. */
  readonly hosts: readonly string[];
  /** At most until the authority expires. */
  readonly days: number;
}

/** A member's certificate and key, PEM. */
export interface Credentials {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly notAfter: Date;
}

/** For both ends of a connection: workers serve each other. */
export async function issueCertificate(authority: Authority, options: IssueOptions): Promise<Credentials> {
  const { name, roles, hosts, days } = options;
  const keys = await makeKeyPair();
  const { notBefore, notAfter } = validFor(days, authority.certificate.notAfter);
  const certificate = await X509CertificateGenerator.create({
    subject: [...roles.map((role) => ({ O: [organizationOf(role)] })), { CN: [name] }],
    issuer: authority.certificate.subject,
    ...{ notBefore, notAfter },
    signingAlgorithm: SIGNING,
    publicKey: keys.publicKey,
    signingKey: authority.signingKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      new SubjectAlternativeNameExtension(
        [name, ...hosts].map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(authority.certificate),
    ],
  });
  return {
    certificatePem: `${certificate.toString('pem')}\n`,
    privateKeyPem: await privateKeyPem(keys.privateKey),
    notAfter,
  };
}
