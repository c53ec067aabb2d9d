import type * as tfjsCore from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { setupError } from './errors.js';
import { backendWasmVersion } from './versions.js';

/** The backend, and its memory, which its types leave out. */
export type WasmTensorFlowBackend = BackendWasm & { readonly wasm: { readonly HEAPU8: Uint8Array } };

/** TensorFlow.js on WebAssembly: nothing native, nothing to set up. */
export interface WasmTensorFlow {
  readonly core: typeof tfjsCore;
  readonly backend: WasmTensorFlowBackend;
  /** Of tfjs-backend-wasm. */
  readonly version: string;
}

let loading: Promise<WasmTensorFlow> | undefined;

/**
 * Loads tfjs-backend-wasm, once a process, in its build for SIMD and one thread: the bits of what it computes depend on
 * neither the machine's cores nor a setting. Another backend that is loaded stays TensorFlow.js's current one.
 *
 * Rejects with a ConfigurationError (`TANDEM_ENGINE_WASM`) where this Node cannot run it.
 */
export function loadWasm(): Promise<WasmTensorFlow> {
  loading ??= load();
  return loading;
}

async function load(): Promise<WasmTensorFlow> {
  // TensorFlow.js's dependencies use what Node calls deprecated; nothing a user could act on.
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    const core = await import('@tensorflow/tfjs-core');
    const previous = core.engine().backendName as string | undefined;
    const { setThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
    core.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    if (!(await core.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) throw new Error('WebAssembly has no SIMD in this Node');
    setThreadsCount(1);
    if (!(await core.setBackend('wasm'))) throw new Error('tfjs-backend-wasm does not start');
    const backend = core.backend() as WasmTensorFlowBackend;
    if (previous !== undefined) await core.setBackend(previous);
    return { core, backend, version: backendWasmVersion() };
  } catch (cause) {
    throw setupError('TANDEM_ENGINE_WASM', {
      what: 'the WebAssembly engine does not load',
      expected: 'Node 20 or later, with WebAssembly and its SIMD',
      remedy: 'Use the native one: `tandem setup`, then --engine native.',
      cause,
    });
  } finally {
    process.emitWarning = emitWarning;
  }
}
