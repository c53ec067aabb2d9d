import { ConfigurationError } from '@tandem/core';
import { isLoopback } from '../listen-host.js';
import type { Security } from './security.js';

/**
 * Plaintext stays on loopback unless --insecure is said. Throws a ConfigurationError (`TANDEM_PLAINTEXT`).
 *
 * @param address host:port that is listened at or connected to
 * @param where the flag or the peer that the address is from
 */
export function requireEncryption(address: string, { tls, insecure }: Security, where: string): void {
  if (tls !== undefined || insecure || isLoopback(address)) return;
  throw new ConfigurationError({
    code: 'TANDEM_PLAINTEXT',
    what: `${address} is not on loopback, and there is no certificate to encrypt and authenticate with`,
    where,
    remedy:
      'Make certificates (tandem certs init, tandem certs issue) and give each process its own with --certs; or say --insecure, where everyone who can reach this network may see and change all of it.',
    context: { address },
  });
}
