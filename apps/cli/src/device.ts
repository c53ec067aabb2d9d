import { ConfigurationError } from '@tandem/core';
import type { Device } from '@tandem/runtime';

/** Reads a --device option. Throws a ConfigurationError (`TANDEM_DEVICE`). */
export function deviceOf(text: string): Device {
  if (text === 'cpu') return 'cpu';
  const gpu = /^gpu:(\d+)$/.exec(text);
  if (gpu !== null) return `gpu:${Number(gpu[1])}`;
  throw new ConfigurationError({
    code: 'TANDEM_DEVICE',
    what: `"${text}" is no device`,
    where: '--device',
    expected: 'cpu, or gpu:K with K from 0',
  });
}
