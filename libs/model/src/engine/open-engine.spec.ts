import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '@tandem/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type EngineChoice, openEngine } from './open-engine.js';

afterEach(() => vi.unstubAllEnvs());

const withoutNative = () => vi.stubEnv('TANDEM_CACHE', join(tmpdir(), 'tandem-no-such-cache'));
const open = (choice: EngineChoice, model: string, device: 'cpu' | 'gpu:0' = 'cpu') =>
  openEngine({ choice, model, device, threads: 4 });

// Before anything loads the native library, which then stays.
describe('where the native runtime is not set up', () => {
  it('takes WebAssembly for a small network, says why, and counts its one thread', async () => {
    withoutNative();
    const { engine, threads, fallback } = await open('auto', 'small');
    expect(engine.engine).toBe('wasm');
    expect(engine.version).toBe('tfjs-backend-wasm 4.22.0');
    expect(threads).toBe(1);
    expect(fallback).toMatch(/not set up.*tandem setup/s);
  });

  it.each([
    ['native', 'small', 'cpu', 'TANDEM_RUNTIME_MISSING'],
    ['auto', 'alexnet', 'cpu', 'TANDEM_RUNTIME_MISSING'],
    ['auto', 'small', 'gpu:0', 'TANDEM_RUNTIME_MISSING'],
  ] as const)('refuses --engine %s for model %s on %s: %s', async (choice, model, device, code) => {
    withoutNative();
    const refused = await open(choice, model, device).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigurationError);
    expect(refused).toMatchObject({ code, message: expect.stringContaining('tandem setup') as string });
  });
});

describe('where it is', () => {
  it('takes it unless told otherwise', async () => {
    const { engine, threads, fallback } = await open('auto', 'small');
    expect([engine.engine, threads, fallback]).toEqual(['native', 4, undefined]);
    const meant = await open('wasm', 'small');
    expect([meant.engine.engine, meant.threads, meant.fallback]).toEqual(['wasm', 1, undefined]);
  });

  it('computes any network on WebAssembly where that is asked for, but on no GPU', async () => {
    expect((await open('wasm', 'alexnet')).engine.engine).toBe('wasm');
    const refused = await open('wasm', 'small', 'gpu:0').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigurationError);
    expect(refused).toMatchObject({
      code: 'TANDEM_ENGINE_DEVICE',
      message: expect.stringMatching(/on the CPU only, and gpu:0 was asked for/) as string,
    });
  });
});
