import { cacheDirectory } from '@tandem/core';
import { checkBinding } from './check-binding.js';
import { freeBytes } from './disk-space.js';
import { hasNvidiaDriver } from './nvidia.js';
import { supportedPlatform } from './platform.js';
import type { SetupProgress } from './progress.js';
import type { ProvisionedRuntime } from './provisioned-runtime.js';
import { SetUp } from './set-up.js';
import { type Flavour, wheelsFor } from './wheels.js';

export interface ProvisionOptions {
  /** `auto` (the default) keeps what an earlier set-up chose; else it is `cuda` where there is an NVIDIA driver, and `cpu`. */
  readonly flavour?: Flavour | 'auto' | undefined;
  /** Default: see `cacheDirectory`. */
  readonly cacheDirectory?: string | undefined;
  /** The folder of an installed TensorFlow to use instead of the published wheel. Default: `TANDEM_LIBTENSORFLOW`. */
  readonly libtensorflow?: string | undefined;
  readonly onProgress?: ((progress: SetupProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the native TensorFlow ready: fetches it, builds the TensorFlow.js binding against it and tries both. Does nothing
 * if that was done before. May be killed at any moment and started several times at once (docs/runtime.md says why).
 * Throws ConfigurationErrors with the codes of `SetupErrorCode`, or the signal's reason.
 */
export async function provisionRuntime(options: ProvisionOptions = {}): Promise<ProvisionedRuntime> {
  const setUp = new SetUp({
    cache: options.cacheDirectory ?? cacheDirectory(),
    platform: supportedPlatform(),
    environment: process.env,
    lockStaleMs: 10_000,
    wheelsFor,
    freeBytes,
    hasNvidiaDriver,
    check: checkBinding,
    onProgress: options.onProgress ?? (() => undefined),
    signal: options.signal,
  });
  return setUp.run(options.flavour ?? 'auto', options.libtensorflow);
}
