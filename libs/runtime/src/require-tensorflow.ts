import type * as tfjsNodeModule from '@tensorflow/tfjs-node-gpu';
import util from 'node:util';
import { tfjsNode } from './versions.js';

export type TensorFlow = typeof tfjsNodeModule;

/**
 * Loads TensorFlow.js with `binding` as its addon, leaving node_modules as it is: the module that it asks for the addon's
 * place is answered from the module cache.
 */
export function requireTensorFlow(binding: string): TensorFlow {
  const tfjs = tfjsNode();
  const locator = tfjs.require.resolve('@mapbox/node-pre-gyp');
  const previous = tfjs.require.cache[locator];
  tfjs.require.cache[locator] = {
    id: locator,
    filename: locator,
    loaded: true,
    exports: { find: () => binding },
  } as NodeJS.Module;
  // Gone in Node 23, and warns in 22; the kernels call it.
  Object.assign(util, { isNullOrUndefined: (value: unknown) => value === null || value === undefined });
  // Dependencies of TensorFlow.js use `punycode` and the like; nothing a user could act on.
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return tfjs.require(tfjs.entry) as TensorFlow;
  } finally {
    process.emitWarning = emitWarning;
    if (previous === undefined) Reflect.deleteProperty(tfjs.require.cache, locator);
    else tfjs.require.cache[locator] = previous;
  }
}

/** The version that the native library says it is. */
export function nativeVersion(tf: TensorFlow): string {
  return (tf.backend() as unknown as { binding: { TF_Version: string } }).binding.TF_Version;
}

/** Whether the native library computes on a GPU. */
export function usesGpu(tf: TensorFlow): boolean {
  return (tf.backend() as unknown as { isUsingGpuDevice: boolean }).isUsingGpuDevice;
}
