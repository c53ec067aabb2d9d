import { ConfigurationError } from '@tandem/core';
import { type Device, loadTensorFlow, loadWasm } from '@tandem/runtime';
import { NativeOperations } from '../operations/native-operations.js';
import { WasmOperations } from '../operations/wasm/wasm-operations.js';
import type { Engine } from './engine.js';
import { ENGINES } from './engine.js';

export const ENGINE_CHOICES = ['auto', ...ENGINES] as const;
/** `auto`: the native one; where it cannot be had, WebAssembly for a network that is small enough for it. */
export type EngineChoice = (typeof ENGINE_CHOICES)[number];

export interface EngineOptions {
  readonly choice: EngineChoice;
  /** `model.name` of the configuration. */
  readonly model: string;
  readonly device: Device;
  /** Of the native engine. */
  readonly threads: number;
  /** The native library's own start-up messages are wanted. */
  readonly verbose?: boolean | undefined;
}

export interface OpenEngine {
  readonly engine: Engine;
  /** That it computes with: bits depend on their number. */
  readonly threads: number;
  /** Why it is not the native one, which `auto` would rather have had. */
  readonly fallback?: string;
}

/** Networks that are small enough for WebAssembly to be taken unasked. */
const SMALL_ENOUGH: ReadonlySet<string> = new Set(['small']);
/** What is wrong with the machine or its set-up rather than with what was asked for. */
const NOT_TO_BE_HAD: ReadonlySet<string> = new Set(['TANDEM_RUNTIME_MISSING', 'TANDEM_RUNTIME_LOAD']);

/**
 * The engine that a network is computed with, the same one for like options in a process.
 *
 * Rejects with ConfigurationErrors: those of `loadTensorFlow` and `loadWasm`; `TANDEM_ENGINE_DEVICE` where WebAssembly is asked for
 * a GPU.
 */
export async function openEngine(options: EngineOptions): Promise<OpenEngine> {
  checkEngineDevice(options);
  if (options.choice === 'wasm') return openWasm();
  try {
    const { threads, device, verbose } = options;
    const tf = loadTensorFlow({ threads, device, ...(verbose === true && { verbose }) });
    return { engine: new NativeOperations(tf), threads };
  } catch (error) {
    if (options.choice === 'native' || options.device !== 'cpu' || !isSmallEnoughForWasm(options.model)) throw error;
    if (!(error instanceof ConfigurationError) || !NOT_TO_BE_HAD.has(error.code)) throw error;
    return { ...(await openWasm()), fallback: error.message };
  }
}

/** @param model `model.name` of the configuration */
export function isSmallEnoughForWasm(model: string): boolean {
  return SMALL_ENOUGH.has(model);
}

/** What can be known before anything is loaded. Throws a ConfigurationError (`TANDEM_ENGINE_DEVICE`). */
export function checkEngineDevice({ choice, device }: Pick<EngineOptions, 'choice' | 'device'>): void {
  if (choice === 'wasm' && device !== 'cpu')
    throw new ConfigurationError({
      code: 'TANDEM_ENGINE_DEVICE',
      what: `the WebAssembly engine computes on the CPU only, and ${device} was asked for`,
      where: '--engine',
      remedy: 'Leave --device out, or use --engine native.',
    });
}

async function openWasm(): Promise<OpenEngine> {
  return { engine: new WasmOperations(await loadWasm()), threads: 1 };
}
