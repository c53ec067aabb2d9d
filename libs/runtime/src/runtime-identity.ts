import { createHash } from 'node:crypto';
import type { Libtensorflow } from './libtensorflow.js';
import type { Platform } from './platform.js';
import { LAYOUT, TENSORFLOW_VERSION, tfjsVersion } from './versions.js';
import type { Flavour } from './wheels.js';

/** Which native runtime is meant. Its key names its folder, so that one of another build is never taken for it. */
export interface RuntimeIdentity {
  readonly flavour: Flavour | 'custom';
  readonly platform: Platform;
  /** A file name. */
  readonly key: string;
}

export function wheelRuntime(flavour: Flavour, platform: Platform): RuntimeIdentity {
  return identity(flavour, platform, `tensorflow-${TENSORFLOW_VERSION}-${flavour}`);
}

/** The identity of a binding to a library that somebody else installed; it changes when the library's file does. */
export function customRuntime(library: Libtensorflow, platform: Platform): RuntimeIdentity {
  const digest = createHash('sha256').update(library.stamp).digest('hex').slice(0, 12);
  return identity('custom', platform, `libtensorflow-${digest}`);
}

function identity(flavour: RuntimeIdentity['flavour'], platform: Platform, name: string): RuntimeIdentity {
  return { flavour, platform, key: `${name}-${platform}-tfjs-${tfjsVersion()}-l${LAYOUT}` };
}
