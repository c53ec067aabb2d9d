import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findLibtensorflow } from './libtensorflow.js';
import type { Platform } from './platform.js';
import { type ProvisionedRuntime, readProvisioned, runtimesDirectory } from './provisioned-runtime.js';
import { customRuntime, wheelRuntime } from './runtime-identity.js';
import type { Flavour } from './wheels.js';

const SELECTED = 'selected.json';

/** Notes which runtime the last `tandem setup` made or confirmed. */
export function select(cache: string, runtime: ProvisionedRuntime): void {
  const file = join(runtimesDirectory(cache), SELECTED);
  const key = runtime.directory.slice(runtimesDirectory(cache).length + 1);
  writeFileSync(`${file}.${process.pid}`, JSON.stringify({ key }));
  renameSync(`${file}.${process.pid}`, file);
}

/** The runtime of the last `tandem setup`, if it is whole and one that this version of Tandem would make on this platform. */
export function selected(cache: string, platform: Platform): ProvisionedRuntime | undefined {
  let key: string;
  try {
    ({ key } = JSON.parse(readFileSync(join(runtimesDirectory(cache), SELECTED), 'utf8')) as { key: string });
  } catch {
    return undefined;
  }
  // Everything after the name: platform, tfjs version, layout.
  const ours = wheelRuntime('cpu', platform).key.split('-cpu-')[1]!;
  return key.endsWith(`-${ours}`) && !key.includes('/') ? readProvisioned(cache, key) : undefined;
}

/**
 * The runtime to load: the library that `TANDEM_LIBTENSORFLOW` names, else that of the last set-up, else any that is
 * there, the CPU build first for `cpu`, so that its results do not depend on what else is installed. For a GPU the CPU build is no candidate.
 */
export function runtimeFor(
  device: 'cpu' | 'gpu',
  cache: string,
  platform: Platform,
  environment: NodeJS.ProcessEnv = process.env,
): ProvisionedRuntime | undefined {
  const named = environment['TANDEM_LIBTENSORFLOW'];
  if (named) return readProvisioned(cache, customRuntime(findLibtensorflow(named), platform).key);
  const order: readonly Flavour[] = device === 'cpu' ? ['cpu', 'cuda'] : ['cuda'];
  const candidates = [
    selected(cache, platform),
    ...order.map((flavour) => readProvisioned(cache, wheelRuntime(flavour, platform).key)),
  ];
  return candidates.find((runtime) => runtime !== undefined && (device === 'cpu' || runtime.flavour !== 'cpu'));
}
