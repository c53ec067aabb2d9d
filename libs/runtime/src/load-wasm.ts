import type * as tfjsCore from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { setupError } from './errors.js';
import { backendWasmVersion } from './versions.js';

/** The backend, and its memory, which its types leave out. */
export type WasmTensorFlowBackend = BackendWasm & {
  readonly wasm: { readonly HEAPU8: Uint8Array; _malloc(bytes: number): number; _free(address: number): void };
};

/** TensorFlow.js on WebAssembly: nothing native, nothing to set up. */
export interface WasmTensorFlow {
  readonly core: typeof tfjsCore;
  readonly backend: WasmTensorFlowBackend;
  /** Of tfjs-backend-wasm. */
  readonly version: string;
}

/** For more at a time its allocator, which counts with a sign, gives an address whose memory it has not got. */
const MOST_BYTES = 2 ** 31 - 1;
const HANDLED = ['uncaughtException', 'unhandledRejection'] as const;

let loading: Promise<WasmTensorFlow> | undefined;

/**
 * Loads tfjs-backend-wasm, once a process, in its build for SIMD and one thread: the bits of what it computes depend on
 * neither the machine's cores nor a setting. Another backend that is loaded stays TensorFlow.js's current one.
 *
 * Rejects with a ConfigurationError (`TANDEM_ENGINE_WASM`) where this Node cannot run it. What then asks for more memory than there
 * can be throws another (`TANDEM_ENGINE_MEMORY`).
 */
export function loadWasm(): Promise<WasmTensorFlow> {
  loading ??= load();
  return loading;
}

async function load(): Promise<WasmTensorFlow> {
  const before = HANDLED.map((event) => new Set(process.rawListeners(event)));
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
    refuseWhatDoesNotFit(backend);
    return { core, backend, version: backendWasmVersion() };
  } catch (cause) {
    throw setupError('TANDEM_ENGINE_WASM', {
      what: 'the WebAssembly engine does not load',
      expected: 'Node 20 or later, with WebAssembly and its SIMD',
      remedy: 'Use the native one: `tandem setup`, then --engine native.',
      cause,
    });
  } finally {
    // Emscripten's module takes the process's last resort for itself, and would end it with another exit code.
    for (const [at, event] of HANDLED.entries())
      for (const listener of process.rawListeners(event))
        if (!before[at]!.has(listener)) process.off(event, listener as () => void);
  }
}

/** The backend takes address 0, which is what it gets where there is no memory left, for memory like any other. */
function refuseWhatDoesNotFit({ wasm }: WasmTensorFlowBackend): void {
  // The first call puts the function itself in the place of the one that looked for it.
  wasm._free(wasm._malloc(1));
  const allocate = wasm._malloc;
  wasm._malloc = (bytes) => {
    const address = bytes <= MOST_BYTES ? allocate(bytes) : 0;
    if (address === 0 && bytes > 0)
      throw setupError('TANDEM_ENGINE_MEMORY', {
        what: `${(bytes / 2 ** 20).toFixed(0)} MiB more do not fit into the memory of the WebAssembly engine, of which ${(wasm.HEAPU8.length / 2 ** 20).toFixed(0)} MiB are there`,
        expected: 'a worker whose step takes less than 4 GiB, and no tensor of 2 GiB or more',
        remedy: 'Use more workers, a larger training.accumulate, a smaller training.globalBatch, or --engine native.',
      });
    return address;
  };
}
