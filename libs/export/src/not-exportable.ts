import { ConfigurationError } from '@tandem/core';

/** Of a layer that only its own code can compute (`TANDEM_EXPORT_LAYER`). */
export function notExportable(layer: string): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_EXPORT_LAYER',
    what: `layer ${layer} is not one of Tandem’s, and no other program knows how to compute it`,
    where: 'the network',
    expected: 'layers of the toolkit alone',
    remedy: 'Use `tandem predict` with --modules, or build the network of Tandem’s layers.',
  });
}
