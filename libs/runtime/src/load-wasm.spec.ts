import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadTensorFlow } from './load-tensorflow.js';
import { loadWasm } from './load-wasm.js';

afterEach(() => vi.resetModules());

describe('loadWasm', () => {
  it('loads once, computes on one thread, and leaves the process and the current backend as they were', async () => {
    const tf = loadTensorFlow({ threads: 1, device: 'cpu' });
    const listeners = () => ['uncaughtException', 'unhandledRejection'].map((event) => process.rawListeners(event));
    const before = listeners();
    const wasm = await loadWasm();
    expect(listeners()).toEqual(before);
    expect(tf.getBackend()).toBe('tensorflow');
    expect(await loadWasm()).toBe(wasm);
    expect(wasm.version).toBe('4.22.0');
    const { getThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
    expect(getThreadsCount()).toBe(1);
    // One tfjs-core for both backends: tensors are counted together.
    expect(wasm.core.memory()).toEqual(tf.memory());
    const { dataId } = wasm.backend.makeOutput([2], 'float32', undefined, Float32Array.of(3, 4));
    expect([...(wasm.backend.readSync(dataId) as Float32Array)]).toEqual([3, 4]);
    expect(wasm.backend.disposeData(dataId)).toBe(true);
  });

  it.each([2 ** 28, 2 ** 29, 5 * 2 ** 28])(
    'says so where tensors of %i numbers do not fit, and goes on',
    async (numbers) => {
      const { backend } = await loadWasm();
      const ask = () => backend.makeOutput([numbers], 'float32');
      const kept: object[] = [];
      const full = () => {
        for (let times = 0; times < 5; times++) kept.push(ask().dataId);
      };
      expect(full).toThrow(
        expect.objectContaining({
          code: 'TANDEM_ENGINE_MEMORY',
          message: expect.stringContaining('MiB') as string,
        }) as Error,
      );
      for (const dataId of kept) backend.disposeData(dataId);
      const { dataId } = backend.makeOutput([2], 'float32', undefined, Float32Array.of(3, 4));
      expect([...(backend.readSync(dataId) as Float32Array)]).toEqual([3, 4]);
      backend.disposeData(dataId);
    },
  );

  it('says so where WebAssembly has no SIMD', async () => {
    const { core } = await loadWasm();
    core.env().set('WASM_HAS_SIMD_SUPPORT', false);
    try {
      const { loadWasm: anew } = await import('./load-wasm.js');
      await expect(anew()).rejects.toMatchObject({
        code: 'TANDEM_ENGINE_WASM',
        exitCode: 2,
        message: expect.stringContaining('--engine native') as string,
      });
    } finally {
      core.env().set('WASM_HAS_SIMD_SUPPORT', true);
    }
  });
});
