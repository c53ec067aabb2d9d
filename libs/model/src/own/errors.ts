import { ConfigurationError, type ErrorDetails } from '@tandem/core';

/**
 * What can be wrong with a network of one's own. `REFUSED`: nobody here allowed the module. `MODULE`: it cannot be found, read or
 * loaded, or has no function to call. `NETWORK`: what it built is no network for this data set.
 */
export type OwnNetworkErrorCode = 'TANDEM_MODEL_REFUSED' | 'TANDEM_MODEL_MODULE' | 'TANDEM_MODEL_NETWORK';

export function ownNetworkError(code: OwnNetworkErrorCode, details: Omit<ErrorDetails, 'code'>): ConfigurationError {
  return new ConfigurationError({ code, ...details });
}
