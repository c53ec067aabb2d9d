import { cacheDirectory, describeError, TandemError } from '@tandem/core';
import { existsSync } from 'node:fs';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { checkBinding } from './check-binding.js';
import { findCompiler } from './compiler.js';
import { freeBytes } from './disk-space.js';
import { loadWasm } from './load-wasm.js';
import { nvidiaGpus } from './nvidia.js';
import { findPip } from './pip.js';
import { type Platform, platformFacts, supportedPlatform } from './platform.js';
import type { ProvisionedRuntime } from './provisioned-runtime.js';
import { runtimeFor } from './selection.js';
import { tandemVersion, tfjsVersion } from './versions.js';

export interface SeenDevice {
  /** What `--device` takes: `cpu` or `gpu:K`. */
  readonly device: string;
  readonly name: string;
  readonly memoryBytes?: number;
  /** Whether the runtime that is set up computes on it. */
  readonly usable: boolean;
}

/** What `--engine` names. */
export interface SeenEngine {
  readonly engine: 'native' | 'wasm';
  /** It loads and computes here. */
  readonly usable: boolean;
  /** Of what computes, where it is usable. */
  readonly version: string | null;
  /** What `--engine auto` takes it for. */
  readonly networks: 'all' | 'small';
}

export interface Problem {
  /** An error keeps training from running here; a warning does not. */
  readonly severity: 'error' | 'warning';
  readonly code: string;
  /** What is wrong and what to do about it. */
  readonly message: string;
}

/** What works on this machine and what does not. */
export interface Diagnosis {
  /** Training can run here, of any network: the native engine computes. */
  readonly ok: boolean;
  readonly versions: {
    readonly tandem: string;
    readonly node: string;
    readonly tfjs: string;
    readonly tensorflow: string | null;
  };
  readonly platform: { readonly os: string; readonly arch: string; readonly glibc: string | null };
  readonly runtime: { readonly flavour: ProvisionedRuntime['flavour']; readonly directory: string } | null;
  /** The one that `--engine auto` prefers first. */
  readonly engines: readonly SeenEngine[];
  readonly devices: readonly SeenDevice[];
  readonly cores: number;
  /** Free: what can be had without swapping, and within a container's limit. */
  readonly memory: { readonly totalBytes: number; readonly freeBytes: number };
  readonly cache: { readonly directory: string; readonly freeBytes: number };
  readonly problems: readonly Problem[];
}

const SMALL_MEMORY_BYTES = 2 * 2 ** 30;
const CHECK_TIMEOUT_MS = 60_000;

/** Looks at this machine, loading TensorFlow in a process of its own. Rejects for nothing but bugs: faults are in `problems`. */
export async function diagnose(): Promise<Diagnosis> {
  const problems: Problem[] = [];
  const note = (severity: Problem['severity'], thrown: unknown) => {
    problems.push({
      severity,
      code: thrown instanceof TandemError ? thrown.code : 'TANDEM_DOCTOR',
      message: describeError(thrown),
    });
  };
  const facts = platformFacts();
  const cache = cacheDirectory();
  const gpus = nvidiaGpus();
  const commands = { environment: process.env, signal: AbortSignal.timeout(CHECK_TIMEOUT_MS) };

  let platform: Platform | undefined;
  let runtime: ProvisionedRuntime | undefined;
  try {
    platform = supportedPlatform(facts);
    runtime = (gpus.length > 0 ? runtimeFor('gpu', cache, platform) : undefined) ?? runtimeFor('cpu', cache, platform);
  } catch (error) {
    note('error', error);
  }

  let report: Awaited<ReturnType<typeof checkBinding>> | undefined;
  if (runtime !== undefined) {
    try {
      report = await checkBinding(
        runtime.binding,
        gpus.length > 0 && runtime.flavour !== 'cpu' ? 'gpu:0' : 'cpu',
        commands,
      );
    } catch (error) {
      note('error', error);
    }
  } else if (platform !== undefined) {
    const message = 'The native TensorFlow is not set up. Run `tandem setup`.';
    problems.push({ severity: 'error', code: 'TANDEM_RUNTIME_MISSING', message });
    for (const find of [findPip, findCompiler]) await find(commands).catch((error: unknown) => note('error', error));
  }
  if (gpus.length > 0 && report !== undefined && !report.usesGpu) {
    const remedy =
      runtime?.flavour === 'cpu'
        ? 'Run `tandem setup --flavour cuda`.'
        : 'Its driver must be one for CUDA 12: nvidia-smi shows its version.';
    problems.push({
      severity: 'warning',
      code: 'TANDEM_RUNTIME_NO_CUDA',
      message: `There is an NVIDIA GPU that TensorFlow does not use. ${remedy}`,
    });
  }
  const memory = freeMemory();
  if (memory.freeBytes < SMALL_MEMORY_BYTES) {
    const message = `${(memory.freeBytes / 2 ** 30).toFixed(1)} GiB of memory are free; a worker of the paper's AlexNet takes about 2.`;
    problems.push({ severity: 'warning', code: 'TANDEM_DOCTOR_MEMORY', message });
  }

  const wasm = await loadWasm().catch((error: unknown) => {
    note('warning', error);
    return undefined;
  });
  const cores = availableParallelism();
  return {
    ok: report !== undefined && problems.every(({ severity }) => severity !== 'error'),
    versions: {
      tandem: tandemVersion(),
      node: process.versions.node,
      tfjs: tfjsVersion(),
      tensorflow: report?.tensorflowVersion ?? null,
    },
    platform: { os: facts.os, arch: facts.arch, glibc: facts.glibc ?? null },
    runtime: runtime === undefined ? null : { flavour: runtime.flavour, directory: runtime.directory },
    engines: [
      { engine: 'native', usable: report !== undefined, version: report?.tensorflowVersion ?? null, networks: 'all' },
      { engine: 'wasm', usable: wasm !== undefined, version: wasm?.version ?? null, networks: 'small' },
    ],
    devices: [
      { device: 'cpu', name: cpus()[0]?.model.trim() ?? facts.arch, usable: report !== undefined },
      ...gpus.map(({ index, name, memoryBytes }) => ({
        device: `gpu:${index}`,
        name,
        usable: report?.usesGpu ?? false,
        ...(memoryBytes === undefined ? {} : { memoryBytes }),
      })),
    ],
    cores,
    memory,
    cache: { directory: cache, freeBytes: await freeBytes(nearestExisting(cache)) },
    problems,
  };
}

function freeMemory() {
  // Node 20.11 has neither; from 22 both see a container's limit.
  const { availableMemory, constrainedMemory } = process as Partial<
    Pick<NodeJS.Process, 'availableMemory' | 'constrainedMemory'>
  >;
  const limit = constrainedMemory?.() ?? 0;
  const totalBytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return { totalBytes, freeBytes: Math.min(availableMemory?.() ?? freemem(), freemem()) };
}

function nearestExisting(directory: string): string {
  return existsSync(directory) ? directory : nearestExisting(dirname(directory));
}
