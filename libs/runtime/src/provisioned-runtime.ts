import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RuntimeIdentity } from './runtime-identity.js';

/** A native runtime that was built, loaded once and found right. */
export interface ProvisionedRuntime {
  readonly flavour: RuntimeIdentity['flavour'];
  /** As the library says of itself, e.g. "2.21.0". */
  readonly tensorflowVersion: string;
  readonly directory: string;
  /** The addon, absolute. */
  readonly binding: string;
  /** Where TensorFlow's libraries are, absolute. */
  readonly libraryDirectory: string;
}

/** `manifest.json`, written last: a folder without it was never finished. Paths are relative to the folder unless absolute. */
export interface Manifest {
  readonly key: string;
  readonly flavour: RuntimeIdentity['flavour'];
  readonly tensorflowVersion: string;
  readonly libraryDirectory: string;
  readonly compiler: string;
  readonly provisionedAt: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

export const MANIFEST = 'manifest.json';
export const BINDING = 'binding/tfjs_binding.node';
export const SITE_PACKAGES = 'site-packages';

export function runtimesDirectory(cache: string): string {
  return join(cache, 'runtime');
}

/** What is provisioned for `key`, or undefined if nothing whole is: no manifest, another key in it, or a file of another size. */
export function readProvisioned(cache: string, key: string): ProvisionedRuntime | undefined {
  const directory = join(runtimesDirectory(cache), key);
  try {
    const manifest = JSON.parse(readFileSync(join(directory, MANIFEST), 'utf8')) as Manifest;
    if (manifest.key !== key) return undefined;
    const whole = manifest.files.every(({ path, bytes }) => statSync(join(directory, path)).size === bytes);
    if (!whole) return undefined;
    return {
      flavour: manifest.flavour,
      tensorflowVersion: manifest.tensorflowVersion,
      directory,
      binding: join(directory, BINDING),
      libraryDirectory: resolve(directory, manifest.libraryDirectory),
    };
  } catch {
    return undefined;
  }
}
