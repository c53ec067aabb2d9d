import { ConfigurationError, type ErrorDetails } from '@tandem/core';

/**
 * What can be wrong with a machine or its set-up. All are ConfigurationErrors (exit code 2).
 * `PLATFORM`, `NO_PIP`, `NO_COMPILER`, `DISK`, `LIBTENSORFLOW`: found before work starts. `DOWNLOAD`, `CHECKSUM`, `COMPILE`,
 * `LOAD`, `LOCK`: a step of the set-up failed, and nothing of it is trusted. `RUNTIME_*`: thrown by `loadTensorFlow`.
 * `ENGINE_*`: thrown by `loadWasm`, and by what it gives.
 */
export type SetupErrorCode =
  | 'TANDEM_SETUP_PLATFORM'
  | 'TANDEM_SETUP_NO_CUDA_BUILD'
  | 'TANDEM_SETUP_NO_PIP'
  | 'TANDEM_SETUP_NO_COMPILER'
  | 'TANDEM_SETUP_DISK'
  | 'TANDEM_SETUP_CACHE'
  | 'TANDEM_SETUP_LIBTENSORFLOW'
  | 'TANDEM_SETUP_DOWNLOAD'
  | 'TANDEM_SETUP_CHECKSUM'
  | 'TANDEM_SETUP_COMPILE'
  | 'TANDEM_SETUP_LOAD'
  | 'TANDEM_SETUP_LOCK'
  | 'TANDEM_RUNTIME_MISSING'
  | 'TANDEM_RUNTIME_NO_CUDA'
  | 'TANDEM_RUNTIME_LOAD'
  | 'TANDEM_RUNTIME_LOADED'
  | 'TANDEM_ENGINE_WASM'
  | 'TANDEM_ENGINE_MEMORY';

export function setupError(code: SetupErrorCode, details: Omit<ErrorDetails, 'code'>): ConfigurationError {
  return new ConfigurationError({ code, ...details });
}
