import { loadWasm } from '@tandem/runtime';
import { WasmOperations } from '../operations/wasm/wasm-operations.js';

export async function wasmForTests(): Promise<WasmOperations> {
  return new WasmOperations(await loadWasm());
}
