import { ConfigurationError } from '@tandem/core';

/** Checks HOST:PORT. Throws a ConfigurationError (`TANDEM_LISTEN_ADDRESS`). */
export function parseListenAddress(listen: string): { host: string; port: number } {
  const match = /^(\[[^\]]+\]|[^:\s]+):(\d{1,5})$/.exec(listen);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535)
    throw new ConfigurationError({
      code: 'TANDEM_LISTEN_ADDRESS',
      what: `"${listen}" is not an address to listen at`,
      where: '--listen',
      expected: 'HOST:PORT, such as 0.0.0.0:7000 or [::]:7000',
    });
  return { host: match[1]!, port };
}
