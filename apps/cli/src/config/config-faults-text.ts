import { ConfigurationError, type ErrorDetails } from '@tandem/core';

/** A fault a line, as the command that runs it would say it, and how many there are. */
export function configFaultsText(faults: readonly ErrorDetails[]): string {
  const lines = faults.map((fault) => `${new ConfigurationError(fault).message} [${fault.code}]`);
  return [...lines, `${faults.length} fault${faults.length === 1 ? '' : 's'}`, ''].join('\n');
}
