import { pathToFileURL } from 'node:url';
import { ConfigurationError, describeError, inputSizeOf, type RunConfig } from '@tandem/core';
import type { Network } from '../network.js';
import { buildNetwork } from '../networks/build-network.js';
import { checkNetwork } from './check-network.js';
import { ownNetworkError } from './errors.js';
import { findModule } from './find-module.js';
import { moduleDigest } from './module-digest.js';
import type { NetworkModule, NetworkRequest } from './network-module.js';
import { toolkit } from './toolkit.js';

export interface LoadedNetwork {
  readonly network: Network;
  /** Of the code that built it; empty for Tandem's own networks, which are those of its version. */
  readonly digest: string;
}

/**
 * The network of a configuration: one of Tandem's, or what the module that `model.module` names builds.
 *
 * @param modules the folder that such a module may be loaded from; undefined: nowhere
 */
export async function loadNetwork(
  model: RunConfig['model'],
  data: { readonly classes: number; readonly channels: number },
  modules: string | undefined,
): Promise<LoadedNetwork> {
  if (model.name !== 'module') return { network: buildNetwork(model, data), digest: '' };
  const file = findModule(model.module!, modules);
  const where = `model.module ${model.module!} (${file})`;
  const request: NetworkRequest = {
    inputSize: inputSizeOf(model),
    channels: data.channels,
    classes: model.classes ?? data.classes,
    options: model.options ?? {},
  };
  try {
    const digest = await moduleDigest(file);
    const { default: build } = (await import(pathToFileURL(file).href)) as { default?: unknown };
    if (typeof build !== 'function')
      throw ownNetworkError('TANDEM_MODEL_MODULE', {
        what: 'it has no default export that is a function',
        where,
        expected: 'export default (toolkit, { inputSize, channels, classes, options }) => network',
        remedy: 'See docs/your-own-network.md.',
      });
    const network: unknown = await (build as NetworkModule)(toolkit, request);
    checkNetwork(network, request, where);
    return { network, digest };
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause;
    throw ownNetworkError('TANDEM_MODEL_MODULE', {
      what: `it cannot be loaded, or its function failed: ${describeError(cause)}`,
      where,
      remedy: 'Mend the module; the cause says where.',
      cause,
    });
  }
}
