import { createRequire } from 'node:module';

/** The TensorFlow release that is provisioned. */
export const TENSORFLOW_VERSION = '2.21.0';

/** Raised when what a provisioned folder holds changes, so that folders of an older Tandem are not taken for ours. */
export const LAYOUT = 3;

const require = createRequire(import.meta.url);

/** The file that `require('@tensorflow/tfjs-node-gpu')` means, and a `require` as that file sees it. */
export function tfjsNode(): { readonly entry: string; readonly directory: string; readonly require: NodeJS.Require } {
  const entry = require.resolve('@tensorflow/tfjs-node-gpu');
  const manifest = require.resolve('@tensorflow/tfjs-node-gpu/package.json');
  return { entry, directory: manifest.slice(0, -'/package.json'.length), require: createRequire(entry) };
}

export function tfjsVersion(): string {
  return (require('@tensorflow/tfjs-node-gpu/package.json') as { version: string }).version;
}

export function backendWasmVersion(): string {
  return (require('@tensorflow/tfjs-backend-wasm/package.json') as { version: string }).version;
}

export function tandemVersion(): string {
  return (require('../package.json') as { version: string }).version;
}
